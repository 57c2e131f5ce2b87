#!/bin/bash
# Beside the box: reads dpkg's own record. The four packages are at what ring2 holds, whole.
status() { awk -v RS= -v name="$1" '$0 ~ "(^|\n)Package: " name "\n"' /box/var/lib/dpkg/status | sed -n "s/^$2: //p"; }
declare -A wanted=([harbour-seal]="2.4.1-$SEAL_PATCH" [booking-desk]=5.1.0-2 [fare-quoter]=3.0.6-2 [seat-allocator]=1.9.3-2)
for name in harbour-seal booking-desk fare-quoter seat-allocator; do
    version=$(status "$name" Version)
    case $version in
    2.5.0-1 | 5.2.0-1 | 3.1.0-1 | 2.0.0-1)
        echo "$name $version is not of this machine's ring. \`apt policy $name\` says where each version comes from."
        exit 1
        ;;
    "${wanted[$name]}") ;;
    *)
        echo "$name is at ${version:-no version}, which is not what ring2 holds today."
        exit 1
        ;;
    esac
    if [[ $(status "$name" Status) != *" ok installed" ]]; then
        echo "$name is not wholly installed: dpkg says \"$(status "$name" Status)\". What did it stop at?"
        exit 1
    fi
done
echo "The four packages are at what ring2 holds today."
