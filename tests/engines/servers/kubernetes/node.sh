#!/bin/bash
# The first process of a test node, in network, process and mount namespaces of its own: with it end every part of the node and every
# pod, and go all mounts, addresses and packet rules.
# usage: node.sh FOLDER ADDRESS GATEWAY     FOLDER/parts: a program for each part; FOLDER/hold: names of parts that are not to run
set -eu
folder=$1 address=$2 gateway=$3

mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 run /run
for place in /var/lib /var/log; do
  mkdir -p "$folder/places$place"
  mount --bind "$folder/places$place" "$place"
done
mkdir -p /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers /run/containerd

ip link set lo up
until ip link show node0 > /dev/null 2>&1; do sleep 0.02; done
ip address add "$address/24" dev node0
ip link set node0 up
ip route add default via "$gateway"
for switch in net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables; do sysctl -qw "$switch=1"; done

# Runs one part, and again a second after it ended; its number in this namespace is in FOLDER/pid while it runs.
keep() {
  exec >> "$folder/log/$1" 2>&1 < /dev/null
  while :; do
    while [ -e "$folder/hold/$1" ]; do sleep 0.05; done
    "$folder/parts/$1" &
    echo $! > "$folder/pid/$1.draft"
    mv "$folder/pid/$1.draft" "$folder/pid/$1"
    code=0
    wait $! || code=$?
    rm -f "$folder/pid/$1"
    echo "--- ended with $code"
    [ -e "$folder/hold/$1" ] || sleep 1
  done
}

for part in "$folder"/parts/*; do keep "${part##*/}" & done
while :; do
  wait || true
  sleep 1
done
