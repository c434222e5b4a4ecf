// Copyright (c) 2026, the aks.dataplane authors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What runs in the pods of a test cluster, in one small program: pause, server and client, by the name that it is called by.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	pause   = 100 * time.Millisecond
	timeout = time.Second
)

func main() {
	switch name := filepath.Base(os.Args[0]); name {
	case "pause":
		hold()
	case "server":
		serve(os.Args[1])
	case "client":
		ask(os.Args[1], os.Args[2])
	default:
		fmt.Fprintf(os.Stderr, "%s is none of the programs in here\n", name)
		os.Exit(2)
	}
}

// hold keeps the namespaces of a pod, as the first process in them, until it is ended.
func hold() {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ends:
			return
		case <-children:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}

// serve answers every connection with the name of the pod.
func serve(address string) {
	name, _ := os.Hostname()
	listen(address, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, name) })
}

// ask connects to the target ten times a second, each time anew, and says at the address how often that went well.
func ask(target, address string) {
	var good, bad atomic.Int64
	go listen(address, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]int64{"good": good.Load(), "bad": bad.Load()})
	})
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: timeout}).DialContext}
	client := &http.Client{Transport: transport, Timeout: timeout}
	for {
		if fetch(client, target) {
			good.Add(1)
		} else {
			bad.Add(1)
		}
		time.Sleep(pause)
	}
}

func fetch(client *http.Client, target string) bool {
	answer, err := client.Get(target)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK
}

func listen(address string, handler http.HandlerFunc) {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: timeout}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}
