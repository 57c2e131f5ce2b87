//! What root in the box can see and reach.

use crate::support::{Docker, plain, script_run, spec};

#[tokio::test]
async fn the_agent_is_neither_seen_nor_reached() {
    let Some(docker) = Docker::find() else { return };
    let (sandbox, client) = docker.start(&spec()).await;

    // Every process of the box descends from its own init; what the agent starts has no visible parent.
    let processes = client.output("ps -eo pid,ppid,args").await;
    assert!(!processes.contains("belay"), "{processes}");
    assert!(processes.lines().nth(1).unwrap().trim_start().starts_with("1 "), "{processes}");
    assert_eq!(client.output("awk '/^PPid/ {print $2}' /proc/$$/status").await, "0");

    // Neither its files nor its sockets, by path or in the kernel's tables.
    for path in ["/belay", "/box", "/opt/belay", "/.dockerenv"] {
        assert!(!client.root(&format!("ls -d {path}")).await.succeeded(), "{path} is there");
    }
    let sockets = client.output("cat /proc/net/unix; ss -xap; ss -tunap").await;
    assert!(!sockets.contains("belay") && !sockets.contains("agent.sock"), "{sockets}");
    // Sockets without a name would be seen too: all there are have an owner in the box.
    let stray = "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -o 'socket:.[0-9]*' | tr -dc '0-9\\n' > /tmp/held; \
                 awk 'NR > 1 {print $7}' /proc/net/unix | grep -vxFf /tmp/held || true";
    assert_eq!(client.output(stray).await, "", "sockets that nobody in the box holds");

    // No mount leads back, and no path out of the root.
    let mounts = client.output("cat /proc/1/mountinfo").await;
    assert!(!mounts.contains("/belay") && !mounts.contains("/var/lib/docker"), "{mounts}");
    let out = "import os\nos.mkdir('/tmp/x')\nroot = os.open('/', os.O_RDONLY)\nos.chroot('/tmp/x')\nos.fchdir(root)\n\
               for _ in range(64): os.chdir('..')\nos.chroot('.')\nprint(sorted(os.listdir('/')))";
    let seen = client.output(&format!("python3 -c \"{out}\"")).await;
    assert!(seen.contains("'etc'") && !seen.contains("'belay'") && !seen.contains("'box'"), "{seen}");

    // Its own namespaces, and no process of another to signal or to trace.
    let inside = client.output("readlink /proc/1/ns/pid").await;
    let outside = sandbox.exec(&["readlink", "/proc/1/ns/pid"]).unwrap();
    assert_ne!(inside, outside);
    let highest = client.output("ls /proc | grep -E '^[0-9]+$' | sort -n | tail -1").await;
    let beyond = format!(
        "for p in $(seq 1 {highest}); do [ -d /proc/$p ] || kill -0 $p 2>/dev/null && [ ! -d /proc/$p ] && echo $p; done; true"
    );
    assert_eq!(client.output(&beyond).await, "");
    // The first process of the box can't be killed from inside, and it goes on.
    client.output("kill -9 1; kill -STOP 1; systemctl is-system-running --wait || true").await;
    assert_eq!(client.hello().await.boots, 1);
}

/// Every way out that was thought of: a command that must fail, and what it must not print.
const REFUSED: &[&str] = &[
    "mount -t tmpfs none /mnt",
    "mount --bind /etc /mnt",
    "mount -o remount,rw /proc/sys",
    "mount -o remount,rw /sys/fs/cgroup/memory",
    "mount -t proc proc /mnt",
    "mount -t overlay -o lowerdir=/etc:/usr none /mnt",
    "umount -l /proc/sys",
    "umount -l /sys/fs/cgroup",
    "unshare --user --map-root-user true",
    "unshare --mount true",
    "unshare --pid --fork true",
    "unshare --net true",
    "unshare --uts true",
    "unshare --ipc true",
    "unshare --cgroup true",
    "nsenter --target 1 --mount true",
    "nsenter --target 1 --net true",
    "pivot_root /tmp /tmp",
    "mknod /root/disk b 254 0",
    "mknod /root/mem c 1 1",
    "echo x > /proc/sys/kernel/core_pattern",
    "echo 1 > /proc/sys/vm/drop_caches",
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    "echo c > /proc/sysrq-trigger",
    "cat /proc/kcore | head -c 1 | grep .",
    "ls /sys/firmware/* 2>/dev/null | grep .",
    "dmesg",
    "date -s 2001-01-01",
    "hwclock --systohc",
    "swapoff -a && swapon /root/x",
    "ip link add x type dummy",
    "ip addr add 10.9.9.9/24 dev lo",
    "ip route add 10.0.0.0/8 dev lo",
    "chroot /proc/1/root/.. test -e /belay",
];

#[tokio::test]
async fn what_leads_out_is_refused() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    for command in REFUSED {
        let result = client.root(command).await;
        assert!(!result.succeeded(), "{command} was carried out: {result:?}");
    }
    let status = client.output("grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status").await;
    let set = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap()
    };
    let (admin, module, boot, mknod, trace) = (1 << 21, 1 << 16, 1 << 22, 1 << 27, 1 << 19);
    for name in ["CapPrm", "CapEff", "CapBnd"] {
        assert_eq!(set(name) & (admin | module | boot | mknod), 0, "{status}");
        assert_eq!(set(name) & trace, trace, "{status}");
    }
    assert_eq!((set("CapInh"), set("CapAmb"), set("NoNewPrivs"), set("Seccomp")), (0, 0, 0, 2), "{status}");
    // The box's init has no more than a shell in it.
    assert_eq!(client.output("grep CapBnd /proc/1/status").await, client.output("grep CapBnd /proc/self/status").await);
}

#[tokio::test]
async fn where_there_is_apparmor_the_box_is_under_a_profile() {
    let Some(docker) = Docker::find() else { return };
    if !Docker::has_apparmor() {
        eprintln!("the engine has no AppArmor: nothing to see");
        return;
    }
    let (_sandbox, client) = docker.start(&spec()).await;
    let profile = if Docker::has_own_profiles() { "belay-box" } else { "docker-default" };
    let profiles = "cat /proc/1/attr/current /proc/self/attr/current | tr -d '\\0'; systemd-run --wait -qP cat /proc/self/attr/current | tr -d '\\0'";
    assert_eq!(client.output(profiles).await, [profile; 3].map(|name| format!("{name} (enforce)")).join("\n"));
    for way_out in
        ["echo exec unconfined > /proc/self/attr/exec", "echo changeprofile unconfined > /proc/self/attr/current"]
    {
        let left = client.root(&format!("({way_out}) && cat /proc/self/attr/current")).await;
        assert!(!left.stdout.contains("unconfined"), "{way_out}: {left:?}");
    }
    let beside = wire::Run { place: wire::Place::Beside, ..script_run("cat /proc/self/attr/current", "root") };
    assert!(client.run(beside).await.stdout.contains(profile));
}

#[tokio::test]
async fn control_groups_hold() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    // Under one hierarchy what the box makes below its own root is its own; under many, each has a root.
    let limits = "find /sys/fs/cgroup -maxdepth $([ -e /sys/fs/cgroup/cgroup.controllers ] && echo 1 || echo 2) \\( -name 'memory*limit_in_bytes' -o -name memory.max -o -name pids.max -o -name cpu.max -o -name 'cpu.cfs_quota_us' \\)";
    let found = client.output(limits).await;
    let raised =
        format!("for f in $({limits}); do if echo -1 > $f || echo max > $f; then echo $f; fi 2>/dev/null; done");
    assert_eq!(client.root(&raised).await.stdout, "", "limits that can be raised, of:\n{found}");
    assert_eq!(client.output("cat /proc/1/oom_score_adj /proc/self/oom_score_adj").await, "500\n500");
    // Moved to the top of what is to be seen, a process is still in the box.
    let leave = "for f in $(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs); do echo $$ > $f; done 2>/dev/null; cat /proc/self/cgroup";
    let groups = client.output(leave).await;
    assert!(!groups.contains("/.."), "{groups}");
}

#[tokio::test]
async fn system_calls_by_another_door_are_refused() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&plain()).await;
    let python = |body: &str| {
        format!(
            "python3 - <<'E'\nimport ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\ndef call(*a):\n    r = libc.syscall(*a)\n    return ctypes.get_errno() if r < 0 else 0\n{body}\nE"
        )
    };
    // clone3 is unknown; io_uring, bpf, perf, userfaultfd, keys, handles, mounts by descriptor.
    let calls = [
        (435, 38),
        (425, 38),
        (321, 1),
        (298, 1),
        (323, 1),
        (248, 1),
        (250, 1),
        (304, 1),
        (428, 1),
        (430, 1),
        (442, 1),
        (467, 1),
        (308, 1),
    ];
    for (number, errno) in calls {
        let got = client.output(&python(&format!("print(call({number}, 0, 0, 0, 0, 0))"))).await;
        assert_eq!(got, errno.to_string(), "system call {number}");
    }
    // A second listener over ours would take the notes away from the ledger: the kernel has one only.
    let nested = "class F(ctypes.Structure):\n    _fields_=[('c',ctypes.c_ushort),('jt',ctypes.c_ubyte),('jf',ctypes.c_ubyte),('k',ctypes.c_uint)]\n\
        class P(ctypes.Structure):\n    _fields_=[('n',ctypes.c_ushort),('f',ctypes.POINTER(F))]\n\
        f=(F*1)(F(6,0,0,0x7fc00000)); p=P(1,f)\nlibc.prctl(38,1,0,0,0)\nprint(call(317, 1, 8, ctypes.byref(p)))";
    assert_eq!(client.output(&python(nested)).await, "16");
    if cfg!(target_arch = "x86_64") {
        // A 64-bit program that makes a 32-bit call (mov eax,20; int 0x80; mov eax,60; xor edi,edi; syscall).
        let program = "import os\n\
            code=bytes.fromhex('b814000000cd80b83c00000031ff0f05')\n\
            head=bytes.fromhex('7f454c46020101000000000000000000'+'02003e0001000000'+'7800400000000000'+'4000000000000000'+'0000000000000000'+'00000000'+'4000380001000000'+'00000000')\n\
            load=bytes.fromhex('0100000005000000'+'0000000000000000'+'0000400000000000'+'0000400000000000'+'8800000000000000'+'8800000000000000'+'0010000000000000')\n\
            open('/root/other','wb').write(head+load+code); os.chmod('/root/other',0o755)";
        let result = client.root(&format!("python3 -c \"{program}\" && /root/other; echo $?")).await;
        assert_eq!(result.stdout.trim(), "159", "killed by SIGSYS: {result:?}");
    }
}

#[tokio::test]
async fn the_network_is_closed() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    assert_eq!(
        client.output("ls /sys/class/net; awk -F: 'NR > 2 {print $1}' /proc/net/dev | tr -d ' '").await,
        "lo\nlo"
    );
    // Outside, the engine's usual gateway, a name server.
    for address in ["1.1.1.1", "172.17.0.1", "10.0.0.1", "169.254.169.254"] {
        let dial = format!("timeout 3 bash -c 'echo > /dev/tcp/{address}/80'");
        assert!(!client.root(&dial).await.succeeded(), "{address} can be reached");
    }
    // The box's own addresses work.
    client.output("ping -c 1 -W 1 127.0.0.1 && ping -c 1 -W 1 web1").await;
}

#[tokio::test]
async fn root_in_the_box_sees_everyone_in_the_box() {
    let Some(docker) = Docker::find() else { return };
    let (_sandbox, client) = docker.start(&spec()).await;
    let start = "useradd -m other && systemd-run -q --uid other --unit shop python3 -m http.server 8080 --directory /tmp && \
                 systemd-run -q --uid other --unit logger sh -c 'exec 3>/tmp/gone; rm /tmp/gone; exec sleep 1000' && \
                 until ss -tln | grep -q 8080 && lsof +L1 | grep -q gone; do sleep 0.1; done";
    client.output(start).await;
    // As the lab's user with sudo, as a learner does it.
    let sudo = async |script: &str| client.run(script_run(script, "engineer")).await;
    let listening = sudo("sudo ss -tlnp").await;
    assert!(listening.stdout.contains(":8080") && listening.stdout.contains("python3"), "{listening:?}");
    let deleted = sudo("sudo lsof +L1").await;
    assert!(deleted.stdout.contains("/tmp/gone") && deleted.stdout.contains("other"), "{deleted:?}");
    let files = sudo("sudo lsof -i :8080").await;
    assert!(files.stdout.contains("python3"), "{files:?}");
    let traced = sudo(
        "sudo timeout 2 strace -p $(pgrep -x python3) 2>&1 & sleep 1; curl -s http://127.0.0.1:8080/ > /dev/null; wait",
    )
    .await;
    assert!(traced.stdout.contains("accept") || traced.stdout.contains("poll"), "{traced:?}");
}
