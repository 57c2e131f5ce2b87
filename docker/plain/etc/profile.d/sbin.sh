# Programs for administrators are found by everybody, as on a server that only administrators log in to.
case ":$PATH:" in *:/usr/sbin:*) ;; *) PATH=/usr/local/sbin:$PATH:/usr/sbin:/sbin ;; esac
