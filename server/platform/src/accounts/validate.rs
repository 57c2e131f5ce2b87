//! What a login, a name and a password must be like, in words for whoever types them.

/// A password's length in characters, from here.
const PASSWORD_MIN: usize = 12;
/// Its length in bytes, up to here: hashing takes time for every one.
const PASSWORD_MAX: usize = 1024;

/// A login as it is stored and looked up: capitals and spaces around it don't count.
pub(super) fn normal_login(login: &str) -> String {
    login.trim().to_lowercase()
}

pub(super) fn login(login: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(2..=64).contains(&login.len()) {
        return Err("A login has 2 to 64 characters.");
    }
    if !login.starts_with(plain) || !login.chars().all(|c| plain(c) || ".-_@+".contains(c)) {
        return Err("A login is made of the letters a to z, digits and . - _ @ +, and begins with a letter or digit.");
    }
    Ok(())
}

pub(super) fn name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.chars().count() > 80 {
        return Err("A name has 1 to 80 characters.");
    }
    if name.chars().any(char::is_control) {
        return Err("A name has no control characters.");
    }
    Ok(())
}

/// `demo`: a short password will do, for it protects nothing.
pub(super) fn password(password: &str, login: &str, demo: bool) -> Result<(), &'static str> {
    if password.len() > PASSWORD_MAX {
        return Err("This password is too long: 1024 bytes are the most.");
    }
    if password.is_empty() {
        return Err("A password is needed.");
    }
    if !demo && password.chars().count() < PASSWORD_MIN {
        return Err("This password is too short: take 12 characters or more, for example a few words.");
    }
    if !demo && password.to_lowercase() == login {
        return Err("The password must not be the login.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("maya", true)]
    #[case("maya.lindqvist@harbourline.example", true)]
    #[case("7of9", true)]
    #[case("m", false)]
    #[case("", false)]
    #[case(".maya", false)]
    #[case("maya lindqvist", false)]
    #[case("maya\0", false)]
    #[case("måya", false)]
    fn logins(#[case] text: &str, #[case] good: bool) {
        assert_eq!(login(text).is_ok(), good);
    }

    #[test]
    fn a_login_is_the_same_in_capitals() {
        assert_eq!(normal_login(" Maya.L "), "maya.l");
    }

    #[rstest]
    #[case("correct horse", false, true)]
    #[case("short", false, false)]
    #[case("short", true, true)]
    #[case("", true, false)]
    #[case("twelve chars", false, true)]
    #[case("schön-gesagt", false, true)]
    fn passwords(#[case] text: &str, #[case] demo: bool, #[case] good: bool) {
        assert_eq!(password(text, "maya", demo).is_ok(), good);
    }

    #[test]
    fn a_password_is_not_the_login_and_not_endless() {
        assert!(password("maya.lindqvist", "maya.lindqvist", false).is_err());
        assert!(password(&"x".repeat(1025), "maya", true).is_err());
    }

    #[rstest]
    #[case("Maya Lindqvist", true)]
    #[case("李明", true)]
    #[case("", false)]
    #[case("two\nlines", false)]
    fn names(#[case] text: &str, #[case] good: bool) {
        assert_eq!(name(text).is_ok(), good);
    }
}
