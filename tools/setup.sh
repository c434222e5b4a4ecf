#!/usr/bin/env bash
# Makes .venv with everything the demo and the tests need, and installs the Debian packages they call.
# Programs of other Debian releases, which some tests run with, are unpacked into the cache (tools/caches.py).
# Quick when there is nothing to do. Usage: tools/setup.sh [packages|lab|python|aside|browser]
set -euo pipefail
cd "$(dirname "$0")/.."
# Without .venv itself, which an activated shell or make put there: it may be about to be made again.
export PATH="${PATH//$PWD\/.venv\/bin:/}:/usr/sbin:/sbin"

# Command and the Debian package that has it.
COMMANDS=(nft:nftables iptables:iptables ipset:ipset nfacct:nfacct ip:iproute2 ssh:openssh-client unshare:util-linux nsenter:util-linux)
# What the test hosts of Molecule are built and run with (tools/lab).
LAB_COMMANDS=(mmdebstrap:mmdebstrap qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils mke2fs:e2fsprogs busybox:busybox-static cpio:cpio
    modprobe:kmod xz:xz-utils zstd:zstd systemd-nspawn:systemd-container)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

install_packages() {  # install_packages PACKAGE...
    command -v apt-get >/dev/null || die "On Debian, these packages have them: $*. This system has no apt-get: install the packages of this system that have them," \
        "or use a container or a virtual machine with Debian 12. Then run the same command again."
    [ "$(id -u)" = 0 ] || die "missing Debian packages: $*. Run as root, or install them first: sudo apt-get install $*"
    say "installing Debian packages: $*"
    # Lists may be absent or old; packages of a list that could be refreshed are enough.
    apt-get -q -o Dpkg::Use-Pty=0 update >/dev/null || say "apt-get update failed; going on with the package lists at hand"
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >/dev/null
}

packages() {  # packages COMMAND:PACKAGE...
    local pair commands=() missing=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null && continue
        commands+=("${pair%%:*}")
        [[ " ${missing[*]} " == *" ${pair##*:} "* ]] || missing+=("${pair##*:}")
    done
    [ "${#missing[@]}" = 0 ] && return
    say "missing commands: ${commands[*]}"
    install_packages "${missing[@]}"
}

# A Python 3.11 (else 3.12) that really runs: a version manager's shim exists even where the version is not switched on.
usable() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin/python3.11 python3.12 python3; do
        if usable "$candidate"; then command -v "$candidate"; return; fi
    done
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    install_packages python3 && usable python3 && command -v python3
}

python() {
    local base stamp=.venv/.ready state
    # The state of a finished set-up: what was installed, and where (scripts in .venv hold absolute paths).
    state=$(cat requirements/*.txt meta/ee-requirements.txt tools/installer.py "$0" <(pwd) | sha256sum)
    [ "$(cat $stamp 2>/dev/null)" = "$state" ] && return
    base=$(find_python) || die "no Python 3.11 or 3.12 found. Install one, or name it: make PYTHON=/path/to/python3.11"
    "$base" -c 'import venv, ensurepip' 2>/dev/null || {
        say "missing modules of $base: venv, ensurepip"
        install_packages "python$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    }
    say "making .venv with $("$base" -V)"
    rm -rf .venv
    "$base" -m venv .venv
    .venv/bin/python -m pip install -qq --disable-pip-version-check uv -c requirements/constraints.txt
    .venv/bin/python -m tools.installer .venv -r requirements/dev.txt -c requirements/constraints.txt
    mkdir -p .venv/collections/ansible_collections/aks
    ln -sfn "$PWD" .venv/collections/ansible_collections/aks/dataplane
    echo "$PWD/.venv/collections" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/aks_dataplane.pth"
    printf '%s' "$state" >$stamp
}

# Without them their tests are left out, which is said here and by pytest.
aside() { .venv/bin/python -m tools.aside.programs; }

# For the tests in a browser only: 300 MB.
browser() { .venv/bin/python -m tools.installer .venv -r requirements/browser.txt -c requirements/constraints.txt && .venv/bin/python -m tools.browser; }

case "${1:-all}" in
packages) packages "${COMMANDS[@]}" ;;
lab) packages "${LAB_COMMANDS[@]}" ;;
python) python ;;
aside) aside ;;
browser) browser ;;
# Not joined by &&: errexit would not end python() at its first failure.
all) packages "${COMMANDS[@]}"; python; aside ;;
*) die "usage: tools/setup.sh [packages|lab|python|aside|browser]" ;;
esac
