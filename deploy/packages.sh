# Sourced by demo.sh and test.sh: what has to be on the machine, and how it gets there.
#
# Debian 12 packages only, and only those that are missing. Nothing is removed or upgraded, except libevent, where a
# build before 2.1.12-stable-8+deb12u1 is replaced: earlier ones have known holes in what the gateway uses.

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
die() { printf '\nerror: %s\n' "$*" >&2; exit 1; }

build_packages=(
  libevent-dev              # event loop, sockets, TLS
  libhttp-parser-dev        # HTTP/1.1 parsing
  libcurl4-openssl-dev      # calls to models
  libhiredis-dev            # Redis
  libssl-dev                # TLS, hashing
  libsimdjson-dev           # JSON
  libpcre2-dev              # regular expressions in checks
  libsqlite3-dev            # store of candidates
  libpq-dev                 # the same, shared by gateways
)

need_swift() {
  command -v swift >/dev/null || die "no Swift toolchain found.
The gateway is written in Swift 6. Install a toolchain of 6.2 or newer (https://www.swift.org/install/linux/),
put 'swift' into PATH, and run this again. Everything else is installed for you."
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] || die "'swift --version' does not say its version; is the toolchain whole?"
  dpkg --compare-versions "$version" ge 6.2 || die "Swift $version is too old: 6.2 or newer is needed (https://www.swift.org/install/linux/)."
  echo "Swift $version"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "packages have to be installed: run this as root, or install sudo."
  sudo -n true 2>/dev/null || [ -t 0 ] || die "packages have to be installed, and sudo asks for a password: run this as root."
  sudo env DEBIAN_FRONTEND=noninteractive "$@"
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages NAME...: installs what is missing, and says what that is.
need_packages() {
  command -v dpkg-query >/dev/null || die "this script installs Debian packages; here there is no dpkg. Needed are: $*"
  local missing=() name
  for name in "$@"; do installed "$name" || missing+=("$name"); done
  if [ ${#missing[@]} -eq 0 ]; then echo "packages: all there"; return; fi
  echo "installing what is missing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get -q update >/dev/null || die "apt-get update failed"
  as_root apt-get -q install --yes --no-install-recommends "${missing[@]}" >/dev/null || die "apt-get install failed: ${missing[*]}"
}

need_safe_libevent() {
  local safe=2.1.12-stable-8+deb12u1 version
  version=$(dpkg-query -W -f='${Version}' libevent-dev)
  if ! dpkg --compare-versions "$version" ge "$safe"; then
    echo "libevent $version has known holes (request smuggling and others): upgrading"
    as_root apt-get -q update >/dev/null
    as_root apt-get -q install --yes --only-upgrade libevent-dev 'libevent-2.1-7' 'libevent-openssl-2.1-7' \
      'libevent-pthreads-2.1-7' >/dev/null || die "libevent could not be upgraded"
    version=$(dpkg-query -W -f='${Version}' libevent-dev)
    dpkg --compare-versions "$version" ge "$safe" || die "libevent $version is the newest offered here; $safe or newer is needed (Debian's security archive has it)."
  fi
  echo "libevent $version"
}

# port_taken PORT: somebody listens there.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port WANTED: that port, or the next free one.
free_port() {
  local port=$1
  while port_taken "$port"; do
    port=$((port + 1))
    [ "$port" -lt $(($1 + 200)) ] || die "no free port between $1 and $port"
  done
  echo "$port"
}

# wait_for URL PID WHAT: until the URL answers; fails when the process ends first.
wait_for() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if curl -fsS -m 2 -o /dev/null "$1" 2>/dev/null; then return; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  die "$3 did not start"
}

# stop_all PID...: asks them to end, waits for them.
stop_all() {
  local pid
  for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "$@"; do wait "$pid" 2>/dev/null || true; done
}

# begin_run: a folder `run` and a list `pids`, until the script ends, however it does: what is in the list is stopped, and
# where something failed the ends of the folder's logs are shown.
begin_run() {
  run=$(mktemp -d)
  pids=()
  trap end_run EXIT
  trap 'exit 1' INT TERM
}

end_run() {
  local status=$? log
  trap - EXIT
  [ ${#pids[@]} -eq 0 ] || stop_all "${pids[@]}"
  if [ "$status" -ne 0 ]; then
    for log in "$run"/*.log; do
      [ -e "$log" ] || continue
      echo "--- the end of ${log##*/}"
      tail -n 20 "$log"
    done
  fi
  rm -rf "$run"
  exit "$status"
}
