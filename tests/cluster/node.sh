#!/bin/sh
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# node.sh NAME ADDRESS FOLDER PROGRAMS RUNTIME: what a node is, in namespaces of its own (mount, network, host name): folders of its own
# in the places where a node has them, and a network card. Says that it is done with the file FOLDER/ready, and stays.
set -eu
name=$1 address=$2 folder=$3 programs=$4 runtime=$5
gateway=10.224.255.254

hostname "$name"
mount --no-mtab --make-rprivate /
# What is below /run and /var/lib here may hold what the node needs; so it is brought to its place first.
run=$folder/run
mkdir -p "$run" "$folder/kubelet"
mount --no-mtab -t tmpfs -o mode=755 tmpfs "$run"
mkdir -p "$run/node/folder" "$run/node/programs" "$run/node/runtime" "$run/node/sysctl"
mount --no-mtab --bind "$folder" "$run/node/folder"
mount --no-mtab --bind "$programs" "$run/node/programs"
mount --no-mtab --bind "$runtime" "$run/node/runtime"
mount --no-mtab --move "$run" /run
mount --no-mtab -t tmpfs -o mode=755 tmpfs /var/lib
mkdir /var/lib/kubelet /var/lib/containerd
mount --no-mtab --bind /run/node/folder/kubelet /var/lib/kubelet
mount --no-mtab --bind /run/node/folder/containerd /var/lib/containerd
mount --no-mtab -t tmpfs -o mode=755 tmpfs /var/log
mount --no-mtab --bind /run/node/folder/os-release "$(readlink -f /etc/os-release)"
# The kubelet would set these of the whole machine. It leaves alone what it finds set.
number=0
while read -r setting value; do
    number=$((number + 1))
    echo "$value" >"/run/node/sysctl/$number"
    [ ! -e "/proc/sys/$setting" ] || mount --no-mtab --bind "/run/node/sysctl/$number" "/proc/sys/$setting"
done <<SETTINGS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS

ip link set lo up
until [ -e /proc/sys/net/ipv4/conf/eth0 ]; do sleep 0.05; done
ip address add "$address/16" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
echo 1 >/proc/sys/net/ipv4/ip_forward
: >/run/node/folder/ready
exec sleep infinity
