#!/bin/bash
# In the box. What everybody reaches, tried by everybody: r may read, w may write, x may do both, - neither.
trial=.check-$BASHPID
share=/srv/crews
trap 'rm -f "$share"/*/"$trial"*' EXIT

# shellcheck disable=SC2016 # for the other shell
tries='for folder; do
    r= w=
    cd "/srv/crews/$folder" 2>/dev/null && ls >/dev/null 2>&1 && cat -- *.txt >/dev/null 2>&1 && r=r
    cat "/srv/crews/$folder"/*.txt >/dev/null 2>&1 && r=r
    (: >"/srv/crews/$folder/$TRIAL-$LOGNAME") 2>/dev/null && w=w
    cd /
    case $r$w in rw) echo x ;; "") echo - ;; *) echo "$r$w" ;; esac
done'
reach() { # who
    su -l "$1" -s /bin/bash -c "TRIAL=$trial; $tries" sh handover "$CREW_A" "$CREW_B" confidential 2>/dev/null </dev/null | tr -d '\n'
}

while read -r who wanted whose; do
    seen=$(reach "$who")
    [ "$seen" != "$wanted" ] || continue
    n=0
    for folder in handover "$CREW_A" "$CREW_B" confidential; do
        is=${seen:n:1} should=${wanted:n:1}
        n=$((n + 1))
        [ "$is" != "$should" ] || continue
        case $should in
        x) echo "$who ($whose) should read and write in $folder, and can't." ;;
        r) echo "$who ($whose) should read in $folder and not write there; that is not so." ;;
        -) echo "$who ($whose) has no business in $folder, and gets in. Give what the work needs, and nothing more." ;;
        esac
        exit 1
    done
done <<TABLE
oskar  xx--  a member of $CREW_A's crew
signe  xx-r  an officer of $CREW_A
runa   x-x-  a member of $CREW_B's crew
henrik x-xr  an officer of $CREW_B
tora   ----  the coordinator
gitte  ----  at the counters
TABLE
echo "Everybody reaches what the table says."
