#!/usr/bin/env bash
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# cell.sh vm|container NAME IMAGE FOLDER: runs a node in the foreground. To be started in namespaces of its own (mount, network, process),
# with which all that this makes ends.
set -euo pipefail
kind=$1 name=$2 image=$3 folder=$4
key=$(cut -d' ' -f2 "$folder/key.pub")
ip link set lo up

vm() {
    local options
    read -ra options <<<"$ACCELERATOR"
    local append="console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off net.ifnames=0 tsc=reliable no_timer_check systemd.show_status=false"
    exec qemu-system-x86_64 -nodefaults -no-user-config -display none -serial stdio \
        -machine q35,usb=off,smbus=off,vmport=off "${options[@]}" -m 256 \
        -kernel "$image/vmlinuz" -initrd "$image/initrd" \
        -append "$append lab.name=$name lab.key=$key" \
        -drive "if=none,id=disk,file=$folder/disk.qcow2,cache=unsafe" -device virtio-blk-pci,drive=disk \
        -netdev user,id=net,net=172.31.255.0/24,restrict=on,hostfwd=tcp:127.0.0.1:22-172.31.255.15:22 -device virtio-net-pci,netdev=net,romfile=
}

container() {
    local root=/run/node/root status
    # systemd-nspawn keeps locks and sockets here; so they stay in the cell. What the node writes stays in memory.
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/node/{upper,work,root}
    # Where there are control groups of version 1 as well, it would leave some there.
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount -t overlay -o "lowerdir=$image/root,upperdir=/run/node/upper,workdir=/run/node/work" overlay "$root"
    echo "$name" >"$root/etc/hostname"
    echo "ssh-ed25519 $key" >"$root/root/.ssh/authorized_keys"
    ip link add lab0 type bridge
    ip address add 172.31.255.2/24 dev lab0
    ip link set lab0 up
    while
        status=0
        systemd-nspawn --quiet --boot --directory="$root" --machine="$name" --register=no --keep-unit \
            --network-bridge=lab0 --capability=CAP_NET_ADMIN --resolv-conf=off --timezone=off --link-journal=no --console=pipe || status=$?
        # The status of a node that wants to be started again. It gets a new network namespace then, as a rebooted machine has.
        [ "$status" = 133 ]
    do :; done
}

"$kind"
