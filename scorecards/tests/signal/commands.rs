//! Which run is which command.

use rstest::rstest;
use scorecards::{
    score::Outcome::{Clean, Cost, Earned, Missed, NotObserved},
    score::{Outcome, score},
    signal::{Args, Command, Glob, PatternError, SETS, Within},
};

use crate::support::{command, done, expect, line, outcome, signal, story};

fn earned(pattern: &str, what: &str) -> Outcome {
    line(&score(&signal(1, expect(done(pattern))), &story(&format!("1 {what}")))).outcome
}

#[rstest]
#[case::without_a_word("fuser 80/tcp !-k", "fuser 80/tcp", true)]
#[case::with_it("fuser 80/tcp !-k", "fuser -k 80/tcp", false)]
#[case::with_it_in_a_cluster("fuser 80/tcp !-k", "fuser -vkn 80/tcp", false)]
#[case::a_star_in_a_word("tee /etc/*", "tee -a /etc/hosts", true)]
#[case::a_star_elsewhere("tee /etc/*", "tee /tmp/etc/", false)]
#[case::a_star_in_a_flag("curl --data*", "curl --data-raw=x localhost", true)]
#[case::a_star_in_the_program("mkfs*", "mkfs.ext4 /dev/sda1", true)]
#[case::anything_at_all("crontab *", "crontab", false)]
#[case::a_value_behind_a_flag("journalctl --unit nginx", "journalctl --unit=nginx", true)]
#[case::a_path_behind_a_flag("logrotate /harbourline", "logrotate --state=/etc/logrotate.d/harbourline", true)]
#[case::no_value("journalctl --unit nginx", "journalctl --unit=redis", false)]
#[case::a_digit_is_a_flag_of_its_own("kill -9", "kill -19 4711", false)]
#[case::the_digit("kill -9", "kill -9 4711", true)]
#[case::more_words_behind_a_set("@restart * !nginx", "systemctl restart redis", true)]
#[case::the_word_left_out("@restart * !nginx", "systemctl restart nginx.service", false)]
#[case::words_behind_a_set_without_one("@read-only /etc/nginx/*", "cat /etc/nginx/nginx.conf", true)]
#[case::other_words("@read-only /etc/nginx/*", "cat /etc/hosts", false)]
#[case::a_question("@kill *", "kill -0 4711", false)]
#[case::a_unit_with_a_star("systemctl restart nginx*", "systemctl restart nginx.service", true)]
#[case::the_end_of_a_unit("systemctl restart *-web", "systemctl restart booking-web.service", true)]
#[case::a_copy_by_the_way("@backup /hosts", "sed -i.bak s/a/b/ /etc/hosts", true)]
#[case::a_copy_by_the_way_in_words("@backup /hosts", "sed --in-place=.old s/a/b/ /etc/hosts", true)]
#[case::no_copy("@backup /hosts", "sed -i s/a/b/ /etc/hosts", false)]
fn words_with_and_without(#[case] pattern: &str, #[case] what: &str, #[case] is: bool) {
    assert_eq!(earned(pattern, what), if is { Earned } else { Missed }, "{pattern} on {what}");
}

#[rstest]
#[case("systemctl status nginx", "@read-only")]
#[case("find /etc -name x", "@read-only")]
#[case("sed -n 1p /etc/hosts", "@read-only")]
#[case("nginx -t", "@read-only")]
#[case("curl -fsS localhost", "@read-only")]
#[case("pgrep -a nginx", "@read-only")]
#[case("nginx -s reload", "@change")]
#[case("systemctl restart nginx", "@change")]
#[case("find /var -delete", "@change")]
#[case("sed -ni s/a/b/ /etc/hosts", "@change")]
#[case("sed -i.bak s/a/b/ /etc/hosts", "@change")]
#[case("sed --in-place=.bak s/a/b/ /etc/hosts", "@change")]
#[case("fuser -k 80/tcp", "@change")]
#[case("ip addr add 10.0.0.1/8", "@change")]
#[case("tee /etc/hosts", "@change")]
#[case("pkill nginx", "@change")]
#[case("tee /tmp/sample.log", "")]
#[case("cp -a /etc/hosts /root", "")]
#[case("curl -X POST localhost", "")]
#[case("bash fix.sh", "")]
#[case("dircolors -b", "")]
#[case("dd if=/dev/sda of=/dev/null", "")]
fn what_looks_changes_nothing_and_what_changes_does_not_only_look(#[case] what: &str, #[case] set: &str) {
    let mut what = story(&format!("1 {what}"));
    // `pkill` is a name of pgrep's file.
    if let scorecards::event::Kind::CommandRun(run) = &mut what[0].kind
        && run.argv[0] == "pkill"
    {
        run.exe = "/usr/bin/pgrep".into();
    }
    for name in ["@read-only", "@change"] {
        let found = line(&score(&signal(1, expect(done(name))), &what)).outcome;
        assert_eq!(found == Earned, name == set, "{name}");
    }
}

#[test]
fn every_set_is_written_out() {
    for set in SETS {
        for words in [if set.takes_word() { " nginx" } else { "" }, if set.takes_word() { " *" } else { "" }] {
            let command = command(&format!("@{}{words}", set.name));
            let ways = command.written_out();
            assert!(!ways.is_empty() && ways.iter().all(|way| !way.contains(['@', '{'])), "{ways:?}");
            assert!(!set.does.is_empty());
        }
    }
}

/// `@read-only` and `@change` are apart: no run is both.
#[test]
fn no_way_of_looking_is_a_way_of_changing() {
    for way in command("@read-only").written_out() {
        let what: Vec<&str> = way.split(' ').filter(|word| !word.starts_with('!')).collect();
        assert_eq!(earned("@change", &what.join(" ")), Missed, "{way}");
        assert_eq!(earned("@read-only", &what.join(" ")), Earned, "{way}");
    }
    for way in command("@change").written_out() {
        let what: Vec<&str> = way.split(' ').filter(|word| !word.starts_with('!')).collect();
        assert_eq!(earned("@read-only", &what.join(" ")), Missed, "{way}");
    }
}

#[rstest]
#[case::the_inner_program_counts("1 sudo nginx -t; 2<1 nginx -t", Earned)]
#[case::and_once("1 sudo nginx -t; 2<1=1 nginx -t", Missed)]
#[case::where_it_is_missing_the_wrapper_stands_for_it("1 sudo -u root nginx -t", Earned)]
#[case::unless_it_failed("1=1 sudo nginx -t", Missed)]
#[case::or_was_refused("1? sudo nginx -t", Missed)]
#[case::through_several("1 sudo nohup nice -n 5 nginx -t", Earned)]
#[case::one_of_them_is_enough("1 sudo env A=b nginx -t; 2<1 env A=b nginx -t", Earned)]
#[case::not_with_a_program_of_ones_own("1 sudo ./nginx -t", Missed)]
#[case::not_with_a_changed_wrapper("1~ sudo nginx -t", Missed)]
#[case::not_what_a_service_ran("1s sudo nginx -t", Missed)]
fn wrappers_are_taken_off(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["nginx -t"], "exit": 0}}"#, what), result);
}

/// `sudo systemctl restart nginx` is one change, whether the ledger has one run of it or two.
#[rstest]
#[case("1 sudo systemctl restart nginx; 2<1 systemctl restart nginx")]
#[case("1 sudo systemctl restart nginx")]
#[case("1 service nginx restart; 1<1 systemctl restart nginx")]
fn nothing_is_counted_twice(#[case] what: &str) {
    assert_eq!(score(&Default::default(), &story(what)).work.changed, 1);
}

#[rstest]
#[case("1 fuser 80/tcp", Earned)]
#[case("1 fuser -k 80/tcp", Missed)]
#[case("1c fuser 80/tcp", NotObserved)]
#[case("1c fuser -k 80/tcp", Missed)]
#[case("1c fuser", NotObserved)]
fn a_word_that_must_not_be_there(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["fuser 80/tcp"], "without": ["-k", "--kill"]}}"#, what), result);
}

/// A script's text is no word of the shell's own, however long it is.
#[rstest]
#[case("1c bash -c set-e", Missed)]
#[case("1c bash /tmp/long.sh", NotObserved)]
#[case("1 bash -n fix.sh", Earned)]
fn what_a_shell_reads_is_none_of_its_words(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["@validate"]}}"#, what), result);
}

/// The tab Files is one editor more.
#[rstest]
#[case(r#"{"expect": {"ran": ["@editor /nginx.conf"]}}"#, "1 !saved /etc/nginx/nginx.conf", Earned)]
#[case(r#"{"expect": {"ran": ["@editor /nginx.conf"], "exit": 0}}"#, "1 !saved /etc/nginx/nginx.conf", Earned)]
#[case(r#"{"expect": {"ran": ["@editor /nginx.conf"]}}"#, "1 !saved /etc/hosts", Missed)]
#[case(r#"{"expect": {"changed": ["/etc/nginx/*"]}}"#, "1 !saved /etc/nginx/nginx.conf", Earned)]
#[case(
    r#"{"expect": {"ran": ["@read-only"], "before-first": [{"ran": ["@change"]}]}}"#,
    "1 !saved /etc/a; 2 df",
    Missed
)]
#[case(
    r#"{"expect": {"ran": ["@read-only"], "before-first": [{"ran": ["@change"]}]}}"#,
    "1 df; 2 !saved /etc/a",
    Earned
)]
#[case(
    r#"{"expect": {"ran": ["@read-only"], "between": [{"ran": ["@change"]}]}}"#,
    "1 !saved /a; 2 nginx -s reload",
    Missed
)]
#[case(r#"{"forbid": {"changed": ["/etc/passwd"]}}"#, "1 !saved /etc/passwd", Cost)]
fn a_file_saved_on_the_page(#[case] form: &str, #[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(form, what), result);
}

#[rstest]
#[case("1 chmod 777 /srv", Cost)]
#[case("1c chmod 777 /srv", Cost)]
#[case("1c chmod 644 /srv", NotObserved)]
#[case("1 chmod 644 /srv", Clean)]
fn arguments_that_were_cut_hide_what_is_looked_for(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"forbid": {"ran": ["chmod"], "args": "^777$"}}"#, what), result);
}

#[rstest]
#[case("", "an empty command")]
#[case("/usr/sbin/nginx -t", "name the program without its directory, as in \"nginx\"")]
#[case("cd /etc", "built into the shell")]
#[case("journalctl | grep x", "\"|\" is for the shell")]
#[case("fuser -vk !-k", "\"-k\" must be there and must not")]
#[case("@restart", "@restart takes a word, as in \"@restart nginx\"")]
#[case("@restart !nginx", "@restart takes a word")]
#[case("@nothing", "no set of commands is named @nothing; there are: @restart, @stop")]
fn what_can_never_be_seen_is_refused(#[case] text: &str, #[case] says: &str) {
    let error = Command::try_from(text.to_string()).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn other_parts_of_patterns_say_what_is_wrong_with_them() {
    assert!(matches!(Args::try_from("(".to_string()), Err(PatternError::Regex(_))));
    assert!(Glob::try_from("etc/x".to_string()).unwrap_err().to_string().contains("begin it with / or *"));
    for text in ["", "5", "m", "0m", "-5m", "5 days", "9999999999h", "1.5m"] {
        let error = Within::try_from(text.to_string()).unwrap_err().to_string();
        assert!(error.contains("is no length of time") && error.contains("\"5m\""), "{error}");
    }
    for (text, shown) in [("90s", "90s"), ("120s", "2m"), (" 60 m", "1h")] {
        assert_eq!(Within::try_from(text.to_string()).unwrap().to_string(), shown);
    }
}
