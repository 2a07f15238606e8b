# Sourced by the checks of this folder, with $here and $build set: builds programs with zsock_firmware(), tells what went wrong.
source "$root/scripts/lib/namespace.sh"
source "$root/tests/zephyr/run/common.sh"
trap 'status=$?; [ $status = 0 ] || tail -n 30 "$work"/*.log; stop; exit $status' EXIT

build_firmware() {  # PROGRAMS...
  for program in "$@"; do
    cmake -S "$here/$program" -B "$work/build-$program" -Dzsock_DIR="$build" \
      -DCMAKE_C_FLAGS="$CFLAGS_OF_BUILD -Wall -Wextra -Werror" >"$work/cmake.log" 2>&1 &&
      cmake --build "$work/build-$program" >>"$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; exit 1; }
  done
  mkfifo "$work/console"
  exec 8<>"$work/console"
}
