//! The box's accounts, from its `/etc/passwd` and `/etc/group`. No name service is asked: it would be
//! the learner's.

use std::{io, os::fd::AsFd};

use crate::{boxroot, spawner::Identity};

/// More than any real file of accounts has.
const LIMIT: u64 = 1 << 20;

/// All accounts and groups.
#[derive(Debug, Default)]
pub struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
}

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
}

#[derive(Debug)]
struct Group {
    name: String,
    gid: u32,
    members: Vec<String>,
}

impl Accounts {
    /// Those of the box with this root.
    pub fn read(root: impl AsFd) -> io::Result<Self> {
        let root = root.as_fd();
        let text = |path| boxroot::read(root, path, LIMIT).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Self::parse(&text("/etc/passwd")?, &text("/etc/group").unwrap_or_default()))
    }

    fn parse(passwd: &str, group: &str) -> Self {
        Self {
            users: passwd.lines().filter_map(user).collect(),
            groups: group.lines().filter_map(self::group).collect(),
        }
    }

    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The account's name, or the number where there is none.
    pub fn user_name(&self, uid: u32) -> String {
        self.users.iter().find(|user| user.uid == uid).map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    /// The group's name, or the number where there is none.
    pub fn group_name(&self, gid: u32) -> String {
        self.groups.iter().find(|group| group.gid == gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }

    /// As whom the user's programs run.
    pub fn identity(&self, user: &User) -> Identity {
        let supplementary = self.groups.iter().filter(|group| group.has(user)).map(|group| group.gid);
        let mut groups = vec![user.gid];
        groups.extend(supplementary.filter(|gid| *gid != user.gid));
        Identity { uid: user.uid, gid: user.gid, groups }
    }

    /// All groups of a user by name, the primary one first.
    pub fn groups_of(&self, user: &User) -> Vec<String> {
        self.identity(user).groups.into_iter().map(|gid| self.group_name(gid)).collect()
    }
}

impl Group {
    fn has(&self, user: &User) -> bool {
        self.members.contains(&user.name)
    }
}

fn user(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields.try_into().ok()?;
    let shell = if shell.is_empty() { "/bin/sh" } else { shell };
    Some(User {
        name: name.into(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.into(),
        shell: shell.into(),
    })
}

fn group(line: &str) -> Option<Group> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, gid, members] = fields.try_into().ok()?;
    let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
    Some(Group { name: name.into(), gid: gid.parse().ok()?, members })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts::parse(
            "root:x:0:0:root:/root:/bin/bash\nbroken line\nengineer:x:1000:1000:,,,:/home/engineer:\nx:x:no:1::/:/x\n",
            "root:x:0:\nsudo:x:27:engineer,other\nadm:x:4:other\nengineer:x:1000:\n",
        )
    }

    #[test]
    fn a_user_is_found_with_its_groups() {
        let accounts = accounts();
        let engineer = accounts.user("engineer").expect("there").clone();
        assert_eq!((engineer.uid, engineer.shell.as_str()), (1000, "/bin/sh"));
        assert_eq!(accounts.groups_of(&engineer), ["engineer", "sudo"]);
        assert_eq!(accounts.identity(&engineer), Identity { uid: 1000, gid: 1000, groups: vec![1000, 27] });
        assert!(accounts.user("x").is_none());
    }

    #[test]
    fn numbers_without_a_name_stay_numbers() {
        assert_eq!((accounts().user_name(0), accounts().user_name(33)), ("root".into(), "33".into()));
        assert_eq!((accounts().group_name(4), accounts().group_name(33)), ("adm".into(), "33".into()));
    }
}
