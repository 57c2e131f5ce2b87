//! What the box is made of: its mounts, its control groups, its rights, its filter of system calls.

pub mod bpf;
pub mod cgroup;
mod cgroup_v1;
mod cgroup_v2;
pub mod mounts;
pub mod rights;
pub mod seccomp;
