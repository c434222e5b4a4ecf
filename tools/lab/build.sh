#!/usr/bin/env bash
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# build.sh SUITE MIRROR FOLDER: one Debian system in two shapes, a root folder for containers and a disk with its kernel for virtual
# machines. Leaves FOLDER/{root,disk.qcow2,vmlinuz,initrd,known_hosts}.
set -euo pipefail
suite=$1 mirror=$2 out=$3
here=$(dirname "$(readlink -f "$0")")
root=$out/root
packages=systemd-sysv,dbus,kmod,openssh-server,python3,python3-apt,iproute2,procps
packages+=,nftables,iptables,ipset,ipvsadm,nfacct,linux-image-cloud-amd64
# Nodes of an older suite can be upgraded to what this one has.
declare -A newer=([bookworm]=trixie)

# The kernel package would have a large initrd made; the one below does. A hook gets the folder as its argument.
# shellcheck disable=SC2016
no_initrd='mkdir -p "$1/etc/initramfs-tools" && echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"'
# It stays as written above.
bare=(--dpkgopt=force-confold)
for folder in doc man locale; do bare+=(--dpkgopt="path-exclude=/usr/share/$folder/*"); done

MIRROR=$mirror SUITE=$suite NEWER=${newer[$suite]:-} mmdebstrap --quiet --mode=root --variant=minbase --format=directory \
    --include="$packages" "${bare[@]}" --essential-hook="$no_initrd" \
    --customize-hook="$here/packages.sh" --customize-hook="$here/system.sh" "$suite" "$root" "$mirror"

release=$(ls "$root/lib/modules")
mv "$root/boot/vmlinuz-$release" "$out/vmlinuz"
rm -rf "${root:?}"/boot/*
printf 'node %s\n' "$(cut -d' ' -f1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")" >"$out/known_hosts"

# What it takes to mount the disk, and the network card, which nothing else loads without udev.
initrd=$out/initrd.d
mkdir -p "$initrd"/{bin,dev,proc,mnt,modules}
busybox=$(command -v busybox)
! ldd "$busybox" >/dev/null 2>&1 || { echo "the package busybox-static is needed, not busybox" >&2; exit 1; }
cp "$busybox" "$initrd/bin/busybox"
ln -s busybox "$initrd/bin/sh"
install -m 755 "$here/init.sh" "$initrd/init"
depmod -b "$root" "$release"
for module in virtio_pci virtio_blk virtio_net ext4 crc32c_generic; do
    # Not every kernel has all of them as modules; a disk that cannot be mounted shows in the first boot.
    modprobe -d "$root" -S "$release" --show-depends "$module" 2>/dev/null || true
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
    name=$(basename "$file" | sed 's/\.ko.*/.ko/')
    case $file in
    *.xz) xz -dc "$file" ;;
    *.zst) zstd -dcq "$file" ;;
    *) cat "$file" ;;
    esac >"$initrd/modules/$name"
    echo "$name" >>"$initrd/modules/order"
done
(cd "$initrd" && find . | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$out/initrd"
rm -r "$initrd"

truncate -s 4G "$out/disk.raw"
# Disks are thrown away with their virtual machine, so that a journal would only cost.
mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -d "$root" "$out/disk.raw"
qemu-img convert -O qcow2 "$out/disk.raw" "$out/disk.qcow2"
rm "$out/disk.raw"
