#!/usr/bin/env bash
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A hook of mmdebstrap: makes the new system one that boots fast without udev, has its network set up after network-pre.target as a real
# node has, and lets root in with the key that it finds at its start.
set -euo pipefail
root=$1

printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
echo node >"$root/etc/hostname"
# The kernel has mounted the disk; a line for it would make the boot wait for udev.
: >"$root/etc/fstab"
# A name server that does not answer would hold up every gathering of facts.
rm -f "$root/etc/resolv.conf"
echo '# No name server' >"$root/etc/resolv.conf"
# With one, a boot is not taken for the first.
systemd-id128 new >"$root/etc/machine-id"

mkdir -p "$root/etc/ssh/sshd_config.d" "$root/root/.ssh"
chmod 700 "$root/root/.ssh"
printf 'PermitRootLogin prohibit-password\nUseDNS no\nUsePAM no\nGSSAPIAuthentication no\n' >"$root/etc/ssh/sshd_config.d/node.conf"
rm -f "$root"/etc/ssh/ssh_host_*
chroot "$root" ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key

cat >"$root/usr/local/sbin/node-network" <<'SCRIPT'
#!/bin/sh
set -e
ip link set lo up
# eth0 in a virtual machine, host0 in a container.
for link in eth0 host0; do
    [ -e "/sys/class/net/$link" ] || continue
    ip link set "$link" up
    ip address add 172.31.255.15/24 dev "$link"
    ip route add default via 172.31.255.2
done
SCRIPT
chmod 755 "$root/usr/local/sbin/node-network"
cat >"$root/etc/systemd/system/node-network.service" <<'UNIT'
[Unit]
Description=Network of the node
DefaultDependencies=no
Wants=network-pre.target network.target
After=network-pre.target systemd-sysctl.service
Before=network.target ssh.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/node-network

[Install]
WantedBy=multi-user.target
UNIT
chroot "$root" systemctl -q enable node-network.service ssh.service
chroot "$root" systemctl -q set-default multi-user.target
# Devices, consoles, file systems, sessions and housekeeping that no test needs. Some of these are not in every suite.
chroot "$root" systemctl -q mask \
    systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket systemd-udevd-control.socket kmod-static-nodes.service \
    getty.target getty-static.service serial-getty@ttyS0.service console-getty.service \
    modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service \
    modprobe@loop.service dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-config.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount \
    systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service systemd-timesyncd.service systemd-pstore.service \
    systemd-user-sessions.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-binfmt.service systemd-boot-random-seed.service systemd-random-seed.service systemd-tpm2-setup.service \
    systemd-tpm2-setup-early.service systemd-hibernate-clear.service ipset.service ipvsadm.service e2scrub_reap.service 2>/dev/null
# shutdown asks for this one, which is soon enough for it to start.
rm -f "$root"/lib/systemd/system/multi-user.target.wants/systemd-logind.service "$root"/etc/systemd/system/timers.target.wants/*
