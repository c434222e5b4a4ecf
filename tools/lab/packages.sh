#!/usr/bin/env bash
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A hook of mmdebstrap: puts packages of nftables aside in the new system, so that they can be installed and upgraded there with apt, but
# without a network. The node's own suite is switched on; of a newer one, where there is one, the folder is there.
set -euo pipefail
root=$1
export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG DEBIAN_FRONTEND=noninteractive
repository=/srv/packages
sources=$root/etc/apt/sources.list.d

put_aside() {  # put_aside SUITE PACKAGE...
    local folder=$root$repository/$1 file
    shift
    mkdir -p "$folder"
    apt-get clean
    apt-get -qq --yes --download-only --reinstall install "$@" >/dev/null
    for file in "$root"/var/cache/apt/archives/*.deb; do
        # apt would read the %3a of an epoch as a colon.
        mv "$file" "$folder/$(basename "${file//%3a/.}")"
    done
    # The index that apt reads of such a folder.
    for file in "$folder"/*.deb; do
        dpkg-deb --field "$file"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${file##*/}" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d' ' -f1)"
    done >"$folder/Packages"
}

put_aside "$SUITE" nftables libnftables1
if [ -n "$NEWER" ]; then
    echo "deb $MIRROR $NEWER main" >"$sources/newer.list"
    apt-get -qq update
    put_aside "$NEWER" "nftables/$NEWER"
    rm "$sources/newer.list"
fi
rm -rf "${root:?}"/etc/apt/sources.list "${sources:?}"/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
echo "deb [trusted=yes] file:$repository/$SUITE ./" >"$sources/own.list"
