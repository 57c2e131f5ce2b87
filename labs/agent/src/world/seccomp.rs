//! The filter under which everything in the box runs.
//!
//! It lies over the engine's own profile, which the agent's SYS_ADMIN has opened further than the box
//! may go, and it tells the ledger of every program that starts and ends. It is installed without
//! `no_new_privs`, so that sudo works.

use std::{io, os::fd::OwnedFd};

use nix::{libc, sched::CloneFlags};

use super::bpf::{Action, Assembler};
use crate::sys;

#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("the filter's system calls are known for x86_64 and aarch64 only");

/// Set in the number of every call of the x32 interface.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

/// Newer than the headers: `open_tree_attr`, the same number everywhere.
const SYS_OPEN_TREE_ATTR: libc::c_long = 467;

/// Mounts, namespaces, kernel memory and modules, keys, clocks: what a container without SYS_ADMIN may
/// not do either. With "not permitted", as programs expect it there.
const REFUSED: &[libc::c_long] = &[
    // Mounts.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    // Files by handle lead out of a mount namespace.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Fanotify could hold up the agent when it opens a file of the box.
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    // Namespaces; `clone` and `unshare` are looked at by their flags.
    libc::SYS_setns,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_reboot,
    libc::SYS_vhangup,
    // A page fault that userland answers could hold up whoever reads the page: the ledger.
    libc::SYS_userfaultfd,
    // Keys are shared with the host's user 0.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Clocks are the host's.
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
];

#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[libc::c_long] = &[libc::SYS_kexec_file_load, libc::SYS_iopl, libc::SYS_ioperm];
#[cfg(target_arch = "aarch64")]
const REFUSED_HERE: &[libc::c_long] = &[libc::SYS_kexec_file_load];

/// The families of sockets that there are in the box. To ask for any other makes the host's kernel load a module for it,
/// and some lead elsewhere: `AF_VSOCK` to whatever runs the host, if that is a virtual machine.
const FAMILIES: &[libc::c_int] = &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// As if the kernel were older: programs fall back to what the filter can look into.
const UNKNOWN: &[libc::c_long] =
    &[libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// Where programs begin and end. `exit` ends a thread, and with the last one the program.
const NOTED: &[libc::c_long] = &[libc::SYS_execve, libc::SYS_execveat, libc::SYS_exit_group, libc::SYS_exit];

const NAMESPACES: CloneFlags = CloneFlags::CLONE_NEWNS
    .union(CloneFlags::CLONE_NEWUTS)
    .union(CloneFlags::CLONE_NEWIPC)
    .union(CloneFlags::CLONE_NEWUSER)
    .union(CloneFlags::CLONE_NEWPID)
    .union(CloneFlags::CLONE_NEWNET)
    .union(CloneFlags::CLONE_NEWCGROUP);
/// Only `unshare` knows it; in `clone` the bit belongs to the signal number.
const NEW_TIME: u32 = 0x80;

fn number(call: libc::c_long) -> u32 {
    u32::try_from(call).expect("system call numbers are small and positive")
}

/// The filter as a program for the kernel. `frames`: see [`wire::BoxSpec::frames`].
pub fn filter(frames: bool) -> Vec<libc::sock_filter> {
    let refuse = Action::Fail(libc::EPERM);
    let namespaces = NAMESPACES.bits().cast_unsigned();
    let mut filter = Assembler::for_architecture(NATIVE);
    #[cfg(target_arch = "x86_64")]
    {
        // A tracer that skips a call makes its number -1, which is none of x32.
        filter.call(u32::MAX, Action::Allow);
        filter.numbers_with_any_bit(X32, Action::Fail(libc::ENOSYS));
    }
    for call in NOTED {
        filter.call(number(*call), Action::Notify);
    }
    filter.call_with_any_bit(number(libc::SYS_clone), namespaces, refuse);
    filter.call_with_any_bit(number(libc::SYS_unshare), namespaces | NEW_TIME, refuse);
    let packet = frames.then_some(&libc::AF_PACKET);
    let families = FAMILIES.iter().chain(packet).map(|family| family.cast_unsigned()).collect::<Vec<_>>();
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        filter.call_with_none_of(number(call), &families, Action::Fail(libc::EAFNOSUPPORT));
    }
    for call in UNKNOWN {
        filter.call(number(*call), Action::Fail(libc::ENOSYS));
    }
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        filter.call(number(*call), refuse);
    }
    filter.finish()
}

/// Puts the calling process under the filter, for good, and gives the listener on which the ledger
/// hears of it. Needs SYS_ADMIN.
pub fn install(frames: bool) -> io::Result<OwnedFd> {
    let mut program = filter(frames);
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    let set = |flags: libc::c_ulong| {
        // SAFETY: the program is valid for the length of the call, and the kernel keeps a copy.
        let fd = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
        sys::owned(fd)
    };
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // Once the ledger has looked, only death interrupts: fewer repeats. Kernels before 5.19 know nothing
    // of it and do without.
    set(listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV).or_else(|_| set(listener))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::bpf::interpreter::{Call, run};

    fn says(number: libc::c_long, first_argument: u64) -> Action {
        let number = super::number(number);
        run(&filter(true), &Call { architecture: NATIVE, number, first_argument })
    }

    #[test]
    fn what_is_not_named_is_allowed() {
        for call in [libc::SYS_read, libc::SYS_openat, libc::SYS_ptrace, libc::SYS_seccomp, libc::SYS_chroot] {
            assert_eq!(says(call, 0), Action::Allow);
        }
    }

    #[test]
    fn programs_are_noted_when_they_begin_and_end() {
        for call in NOTED {
            assert_eq!(says(*call, 0), Action::Notify);
        }
    }

    #[test]
    fn every_refused_call_is_refused() {
        for call in REFUSED.iter().chain(REFUSED_HERE) {
            assert_eq!(says(*call, 0), Action::Fail(libc::EPERM), "call {call}");
        }
        for call in UNKNOWN {
            assert_eq!(says(*call, 0), Action::Fail(libc::ENOSYS), "call {call}");
        }
    }

    #[test]
    fn a_fork_and_a_thread_are_allowed_a_namespace_is_not() {
        let thread = CloneFlags::CLONE_VM | CloneFlags::CLONE_THREAD | CloneFlags::CLONE_SIGHAND;
        for flags in [u64::from(libc::SIGCHLD.cast_unsigned()), u64::from(thread.bits().cast_unsigned())] {
            assert_eq!(says(libc::SYS_clone, flags), Action::Allow);
        }
        for namespace in NAMESPACES.iter() {
            let flags = u64::from((namespace.bits() | libc::SIGCHLD).cast_unsigned());
            assert_eq!(says(libc::SYS_clone, flags), Action::Fail(libc::EPERM), "{namespace:?}");
            assert_eq!(says(libc::SYS_unshare, flags), Action::Fail(libc::EPERM), "{namespace:?}");
        }
        assert_eq!(says(libc::SYS_unshare, u64::from(NEW_TIME)), Action::Fail(libc::EPERM));
        assert_eq!(says(libc::SYS_unshare, u64::from(CloneFlags::CLONE_FILES.bits().cast_unsigned())), Action::Allow);
    }

    #[test]
    fn only_the_usual_families_of_sockets_are_there() {
        for call in [libc::SYS_socket, libc::SYS_socketpair] {
            for family in FAMILIES.iter().chain(&[libc::AF_PACKET]) {
                assert_eq!(says(call, u64::from(family.cast_unsigned())), Action::Allow, "{family}");
            }
            let packet = Call {
                architecture: NATIVE,
                number: super::number(call),
                first_argument: u64::from(libc::AF_PACKET.cast_unsigned()),
            };
            assert_eq!(run(&filter(false), &packet), Action::Fail(libc::EAFNOSUPPORT), "where frames would lead out");
            for family in
                [libc::AF_UNSPEC, libc::AF_VSOCK, libc::AF_ALG, libc::AF_KEY, libc::AF_BLUETOOTH, libc::AF_CAN]
            {
                let asked = u64::from(family.cast_unsigned());
                assert_eq!(says(call, asked), Action::Fail(libc::EAFNOSUPPORT), "{family}");
                // The kernel looks at the low half alone.
                assert_eq!(says(call, asked | 1 << 32), Action::Fail(libc::EAFNOSUPPORT), "{family}");
            }
        }
        assert_eq!(says(libc::SYS_connect, 0), Action::Allow, "the rule ends with its call");
    }

    #[test]
    fn the_high_half_of_an_argument_hides_nothing() {
        let flags = 0xffff_ffff_0000_0000 | u64::from(CloneFlags::CLONE_NEWUSER.bits().cast_unsigned());
        assert_eq!(says(libc::SYS_unshare, flags), Action::Fail(libc::EPERM));
    }

    #[test]
    fn another_architecture_is_the_end() {
        // i386, where number 11 is execve.
        let call = Call { architecture: 0x4000_0003, number: 11, first_argument: 0 };
        assert_eq!(run(&filter(true), &call), Action::Kill);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn x32_is_unknown_and_a_skipped_call_is_let_be() {
        let x32 = Call { architecture: NATIVE, number: X32 | 520, first_argument: 0 };
        assert_eq!(run(&filter(true), &x32), Action::Fail(libc::ENOSYS));
        let skipped = Call { architecture: NATIVE, number: u32::MAX, first_argument: 0 };
        assert_eq!(run(&filter(true), &skipped), Action::Allow);
    }
}
