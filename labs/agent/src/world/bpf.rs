//! A small assembler for the classic BPF that seccomp filters are written in.
//!
//! A filter here is a check of the architecture and then a list of rules; the first whose system call
//! matches decides. What no rule names is allowed.

use nix::libc;

// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
/// The low half of the first argument, on a little-endian machine.
const FIRST_ARGUMENT: u32 = 16;

#[allow(clippy::cast_possible_truncation, reason = "BPF codes fit 16 bits by definition")]
mod code {
    use nix::libc;
    pub(super) const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    pub(super) const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    pub(super) const ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
    pub(super) const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
}

/// What happens to a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is carried out.
    Allow,
    /// It fails with this error.
    Fail(i32),
    /// It waits until the ledger has noted it.
    Notify,
    /// The process dies.
    Kill,
}

impl Action {
    fn value(self) -> u32 {
        match self {
            Self::Allow => libc::SECCOMP_RET_ALLOW,
            Self::Fail(errno) => libc::SECCOMP_RET_ERRNO | (errno.unsigned_abs() & libc::SECCOMP_RET_DATA),
            Self::Notify => libc::SECCOMP_RET_USER_NOTIF,
            Self::Kill => libc::SECCOMP_RET_KILL_PROCESS,
        }
    }
}

/// A filter under construction.
pub struct Assembler {
    program: Vec<libc::sock_filter>,
}

impl Assembler {
    /// Begins a filter: a system call of another architecture than this kills the process.
    pub fn for_architecture(audit_arch: u32) -> Self {
        let mut assembler = Self { program: Vec::new() };
        assembler.load(ARCHITECTURE);
        assembler.push(code::EQUAL, audit_arch, 1, 0);
        assembler.ret(Action::Kill);
        assembler.load(NUMBER);
        assembler
    }

    /// A rule for one system call.
    pub fn call(&mut self, number: u32, action: Action) {
        self.push(code::EQUAL, number, 0, 1);
        self.ret(action);
    }

    /// A rule for one system call with any of these bits in its first argument.
    pub fn call_with_any_bit(&mut self, number: u32, bits: u32, action: Action) {
        // Not this call: over the four instructions that follow.
        self.push(code::EQUAL, number, 0, 4);
        self.load(FIRST_ARGUMENT);
        self.push(code::ANY_BIT, bits, 0, 1);
        self.ret(action);
        self.ret(Action::Allow);
    }

    /// A rule for one system call whose first argument, of 32 bits, is none of these.
    pub fn call_with_none_of(&mut self, number: u32, allowed: &[u32], action: Action) {
        let values = u8::try_from(allowed.len()).expect("a short list");
        // Not this call: over all that follows for it.
        self.push(code::EQUAL, number, 0, values + 3);
        self.load(FIRST_ARGUMENT);
        for (left, value) in (0..values).rev().zip(allowed) {
            // One of them: over what is left of the list and the refusal.
            self.push(code::EQUAL, *value, left + 1, 0);
        }
        self.ret(action);
        self.ret(Action::Allow);
    }

    /// A rule for all system calls with any of these bits in their number.
    pub fn numbers_with_any_bit(&mut self, bits: u32, action: Action) {
        self.push(code::ANY_BIT, bits, 0, 1);
        self.ret(action);
    }

    /// The finished filter, ready for the kernel.
    pub fn finish(mut self) -> Vec<libc::sock_filter> {
        self.ret(Action::Allow);
        self.program
    }

    fn load(&mut self, offset: u32) {
        self.push(code::LOAD, offset, 0, 0);
    }

    fn ret(&mut self, action: Action) {
        self.push(code::RETURN, action.value(), 0, 0);
    }

    fn push(&mut self, code: u16, k: u32, jt: u8, jf: u8) {
        self.program.push(libc::sock_filter { code, jt, jf, k });
    }
}

#[cfg(test)]
pub mod interpreter {
    //! Runs a filter as the kernel would.

    use super::{ARCHITECTURE, Action, FIRST_ARGUMENT, NUMBER, code};
    use nix::libc;

    pub struct Call {
        pub architecture: u32,
        pub number: u32,
        pub first_argument: u64,
    }

    /// What the filter says to a call.
    ///
    /// # Panics
    /// Where the program is not one the kernel would take.
    pub fn run(program: &[libc::sock_filter], call: &Call) -> Action {
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let step = &program[at];
            at += 1;
            let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
            match step.code {
                code::LOAD => {
                    accumulator = match step.k {
                        NUMBER => call.number,
                        ARCHITECTURE => call.architecture,
                        FIRST_ARGUMENT => u32::try_from(call.first_argument & 0xffff_ffff).expect("masked"),
                        other => panic!("a load from {other}"),
                    }
                }
                code::EQUAL => at += jump(accumulator == step.k),
                code::ANY_BIT => at += jump(accumulator & step.k != 0),
                code::RETURN => {
                    return match step.k & 0xffff_0000 {
                        libc::SECCOMP_RET_ALLOW => Action::Allow,
                        libc::SECCOMP_RET_USER_NOTIF => Action::Notify,
                        libc::SECCOMP_RET_ERRNO => Action::Fail(i32::try_from(step.k & 0xffff).expect("16 bits")),
                        libc::SECCOMP_RET_KILL_PROCESS => Action::Kill,
                        other => panic!("an unknown answer {other:#x}"),
                    };
                }
                other => panic!("an unknown instruction {other:#x}"),
            }
        }
    }
}
