// A Go program as server and as client: HTTP, TCP by many goroutines, UDP connected and not, names.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "supervised.go:", err)
		os.Exit(1)
	}
}

func ensure(holds bool, what string) {
	if !holds {
		must(fmt.Errorf("%s", what))
	}
}

// serve offers HTTP with a file at PORT, an echo at PORT+1, of both TCP and UDP.
func serve(host string, file string) {
	echo, err := net.Listen("tcp", net.JoinHostPort(host, "8001"))
	must(err)
	go func() {
		for {
			connection, err := echo.Accept()
			must(err)
			go func() {
				io.Copy(connection, connection)
				connection.Close()
			}()
		}
	}()
	datagrams, err := net.ListenPacket("udp", net.JoinHostPort(host, "8001"))
	must(err)
	go func() {
		data := make([]byte, 65536)
		for {
			size, from, err := datagrams.ReadFrom(data)
			must(err)
			_, err = datagrams.WriteTo(data[:size], from)
			must(err)
		}
	}()
	http.HandleFunc("/octets", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	http.HandleFunc("/from", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, r.RemoteAddr) })
	must(http.ListenAndServe(net.JoinHostPort(host, "8000"), nil))
}

func fetch(host string, file string) {
	whole, err := os.ReadFile(file)
	must(err)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 4; j++ {
				answer, err := http.Get("http://" + net.JoinHostPort(host, "8000") + "/octets")
				must(err)
				got, err := io.ReadAll(answer.Body)
				must(err)
				answer.Body.Close()
				ensure(sha256.Sum256(got) == sha256.Sum256(whole), "another file came")
			}
		}()
	}
	all.Wait()
}

func talk(host string) {
	var all sync.WaitGroup
	for i := 0; i < 20; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, "8001"), 10*time.Second)
			must(err)
			sent := bytes.Repeat([]byte{byte(i)}, 10000*(i+1))
			go func() {
				connection.Write(sent)
				connection.(*net.TCPConn).CloseWrite()
			}()
			got, err := io.ReadAll(connection)
			must(err)
			ensure(bytes.Equal(sent, got), "another echo came")
			ensure(connection.LocalAddr() != nil && connection.RemoteAddr().String() == net.JoinHostPort(host, "8001"), "names")
			connection.Close()
		}(i)
	}
	all.Wait()
	connected, err := net.Dial("udp", net.JoinHostPort(host, "8001"))
	must(err)
	open, err := net.ListenPacket("udp", ":0")
	must(err)
	to, err := net.ResolveUDPAddr("udp", net.JoinHostPort(host, "8001"))
	must(err)
	data := make([]byte, 65536)
	for i := 0; i < 100; i++ {
		sent := bytes.Repeat([]byte{byte(i)}, 1+i*13)
		connected.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = connected.Write(sent)
		must(err)
		size, err := connected.Read(data)
		must(err)
		ensure(bytes.Equal(sent, data[:size]), "another datagram came")
		open.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = open.WriteTo(sent, to)
		must(err)
		size, from, err := open.ReadFrom(data)
		must(err)
		ensure(bytes.Equal(sent, data[:size]) && from.String() == to.String(), "another datagram came, or from elsewhere")
	}
}

// A deadline ends a call; nobody is refused; a name is looked up.
func rest(host string, name string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, err = listener.Accept()
	ensure(os.IsTimeout(err), "accept() did not end in time")
	_, err = net.DialTimeout("tcp", net.JoinHostPort(host, "8099"), 10*time.Second)
	ensure(err != nil && !os.IsTimeout(err), "nobody was there, and it was not refused")
	if name == "" {
		return
	}
	server := net.JoinHostPort(host, "53")
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, server)
	}}
	addresses, err := resolver.LookupHost(context.Background(), name)
	must(err)
	ensure(len(addresses) > 0, "no address")
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2], os.Args[3])
	case "client":
		fetch(os.Args[2], os.Args[3])
		talk(os.Args[2])
		rest(os.Args[2], os.Args[4])
	}
}
