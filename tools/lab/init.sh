#!/bin/sh
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The first program of a virtual machine: mounts its disk, makes it this machine's own, and starts systemd.
busybox=/bin/busybox
$busybox mount -t devtmpfs dev /dev
$busybox mount -t proc proc /proc
for word in $($busybox cat /proc/cmdline); do
    case $word in
    lab.name=*) name=${word#lab.name=} ;;
    lab.key=*) key=${word#lab.key=} ;;
    esac
done
while read -r module; do $busybox insmod "/modules/$module"; done </modules/order
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 200 ]; do $busybox usleep 50000; tries=$((tries + 1)); done
$busybox mount -t ext4 -o rw,noatime /dev/vda /mnt
if [ -z "$name" ]; then
    # Nobody's machine: a trial of whether this processor can be used at all.
    echo "lab: trial passed"
    $busybox umount /mnt
    $busybox reboot -f
fi
echo "$name" >/mnt/etc/hostname
echo "ssh-ed25519 $key" >/mnt/root/.ssh/authorized_keys
$busybox umount /proc
$busybox mount --move /dev /mnt/dev
exec $busybox switch_root /mnt /sbin/init
