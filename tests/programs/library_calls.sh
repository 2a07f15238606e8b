# Calls that come to a socket by way of the C library's own code, or while that is busy; the kernel is the oracle.
needs="python3"
check() {
  limit peer "$build/tests_library_calls"
  limit zsock "$build/tests_library_calls"
  # The address of sendmmsg() decides as that of sendto() does.
  start python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 8000))
while True: s.sendto(*s.recvfrom(99))'
  wait_for 10 limit "$build/tests_library_calls" mmsg 8000
  limit zsock --except 127.0.0.0/8 "$build/tests_library_calls" mmsg 8000
}
