//! The labs' own signals, tried on ledgers: no engine is needed for that.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use labs::{
    catalog::{Catalog, Lab},
    ledger::{self, LedgerError},
    tester::{Report, explain, try_signals},
};
use rstest::rstest;
use scorecards::score::Outcome;

fn lab(id: &str) -> Lab {
    Catalog::load_lab(&Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog").join(id)).unwrap()
}

/// A ledger as the agent writes it, from command lines: one starts each second and ends at once, with 0 or the code
/// behind a `#`.
fn journal(lines: &str) -> String {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    (1_i64..).zip(lines).map(|(run, line)| entries(run, line)).collect()
}

fn entries(run: i64, line: &str) -> String {
    let at = 1_764_000_000_000_000 + run * 1_000_000;
    let (line, code) = line.split_once(" #").map_or((line, 0), |(line, code)| (line, code.parse().unwrap()));
    if let Some(count) = line.strip_prefix("!gap ") {
        return format!("{{\"seq\":{}, \"at_us\":{at}, \"what\":\"coverage_lost\", \"count\":{count}}}\n", 2 * run);
    }
    let argv: Vec<&str> = line.split(' ').collect();
    let started = serde_json::json!({
        "seq": 2 * run, "at_us": at, "what": "ran", "run": run, "origin": {"terminal": 1},
        "exe": format!("/usr/bin/{}", argv[0]), "argv": argv, "cwd": "/", "uid": 0, "pristine": true,
    });
    let ended = serde_json::json!({"seq": 2 * run + 1, "at_us": at, "what": "ended", "run": run, "code": code});
    format!("{started}\n{ended}\n")
}

fn tried(id: &str, lines: &str) -> Report {
    try_signals(&lab(id), &ledger::read(&journal(lines)).unwrap())
}

fn outcome(report: &Report, signal: &str) -> Outcome {
    report.0.iter().find(|told| told.id == signal).unwrap().outcome
}

/// What the reference solution runs, by its text.
const NGINX: &str = "
    systemctl status nginx --no-pager #3
    journalctl -u nginx -n 20 --no-pager
    ss -tlnp
    ps -o pid,ppid,user,lstart,args -p 4711
    systemctl status 4711 --no-pager
    systemctl cat fares-preview.service --no-pager
    curl -s http://127.0.0.1/
    systemctl disable --now fares-preview.service
    ss -Htln sport = :80
    nginx -t #1
    cp -a /etc/nginx/sites-available/harbourline.conf /var/backups/harbourline.conf.before
    sed -i -E -e x /etc/nginx/sites-available/harbourline.conf
    nginx -t
    systemctl restart nginx
    curl -fsS -o /dev/null http://127.0.0.1/
";

const DISK: &str = "
    curl -s http://127.0.0.1:8061/health
    df -h /
    df -i /
    du -h --max-depth=2 /var
    lsof -nP +L1
    systemctl status 4711 --no-pager
    tail -n 500 /proc/4711/fd/3
    tee /tmp/seat-allocator-sample.log
    systemctl stop seat-allocator.service
    df -h /
    cp -a /etc/harbourline/seat-allocator.conf /var/backups/
    sed -i -E -e x /etc/harbourline/seat-allocator.conf
    systemctl start seat-allocator.service
    cp -a /etc/logrotate.d/harbourline /var/backups/logrotate-harbourline
    sed -i x /etc/logrotate.d/harbourline
    logrotate -d /etc/logrotate.d/harbourline
    df -h /
    curl -fsS http://127.0.0.1:8061/health
";

#[rstest]
#[case("nginx-port-conflict", NGINX)]
#[case("disk-full-runaway-log", DISK)]
fn what_a_solution_does_earns_every_signal_and_costs_nothing(#[case] id: &str, #[case] lines: &str) {
    let report = tried(id, lines);
    let wrong: Vec<&str> = report
        .0
        .iter()
        .filter(|told| !matches!(told.outcome, Outcome::Earned | Outcome::Clean))
        .map(|told| told.id.as_str())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{report}");
}

/// `fuser -k` ends who holds the port; it does not look up who that is.
#[test]
fn killing_who_holds_the_port_is_no_looking_up() {
    let lines = "fuser -k 80/tcp\nsystemctl restart fares-preview\nsystemctl restart nginx";
    let report = tried("nginx-port-conflict", lines);
    assert_eq!(outcome(&report, "found-the-owner"), Outcome::Missed);
    assert_eq!(outcome(&report, "killed-hard"), Outcome::Cost);
}

#[rstest]
#[case::before_the_kill("ss -tlnp\nkill 4711\nsystemctl restart nginx", Outcome::Earned)]
#[case::after_it("kill 4711\nss -tlnp\nkill 4712\nsystemctl restart nginx", Outcome::Missed)]
#[case::nginx_itself_may_be_stopped("systemctl stop nginx\nss -tlnp\nkill 4711", Outcome::Earned)]
#[case::and_started("systemctl restart nginx #1\nss -tlnp\nkill 4711", Outcome::Earned)]
#[case::where_it_may_be_lost("!gap 4\nkill 4711", Outcome::NotObserved)]
#[case::or_too_late("kill 4711\n!gap 4", Outcome::Missed)]
fn looking_up_who_holds_the_port(#[case] lines: &str, #[case] result: Outcome) {
    assert_eq!(outcome(&tried("nginx-port-conflict", lines), "found-the-owner"), result);
}

/// Asked once, then started again: nobody knows how it is now.
#[test]
fn asking_the_site_counts_after_the_last_start() {
    let once = "systemctl restart nginx\ncurl http://127.0.0.1/";
    assert_eq!(outcome(&tried("nginx-port-conflict", once), "looked-at-the-result"), Outcome::Earned);
    let again = format!("{once}\nsystemctl restart nginx");
    assert_eq!(outcome(&tried("nginx-port-conflict", &again), "looked-at-the-result"), Outcome::Missed);
}

#[test]
fn a_report_says_what_decides_and_why_not() {
    let lines = "
        nginx -t #1
        ss -tlnp
        fuser -k 80/tcp
        nginx -t
        systemctl restart nginx
        curl http://127.0.0.1/
        systemctl reload nginx
    ";
    insta::assert_snapshot!(tried("nginx-port-conflict", lines));
    let json = serde_json::to_value(tried("nginx-port-conflict", lines)).unwrap();
    assert_eq!(json[4]["id"], "validated-before-restart");
    assert_eq!(json[4]["outcome"], "earned");
    assert_eq!(json[4]["decided_by"][0]["what"], "nginx -t");
    assert_eq!(json[4]["pattern"]["expect"]["before"][0], "@restart nginx");
}

#[test]
fn a_report_says_what_is_missing() {
    insta::assert_snapshot!(tried("nginx-port-conflict", "ss -tlnp\n!gap 12\nnginx -t"));
}

#[test]
fn a_pattern_is_explained_with_its_sets_written_out() {
    let lab = lab("nginx-port-conflict");
    let signal = lab.signals.iter().find(|signal| signal.id == "found-the-owner").unwrap();
    insta::assert_snapshot!(explain(signal));
}

#[test]
fn a_ledger_may_be_a_list_or_lines_of_entries_or_of_events() {
    let lines = journal("nginx -t\nsystemctl restart nginx");
    let events = ledger::read(&lines).unwrap();
    assert_eq!(events.len(), 4);
    let stored: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert_eq!(ledger::read(&stored.join("\n\n")).unwrap(), events);
    assert_eq!(ledger::read(&format!(" [{}]", stored.join(",\n"))).unwrap(), events);
    let entries: Vec<&str> = lines.lines().collect();
    assert_eq!(ledger::read(&format!("[{}]", entries.join(","))).unwrap(), events);
    assert_eq!(ledger::read(" \n"), Ok(Vec::new()));
}

#[rstest]
#[case("{}", "line 1 is no event: it has neither a `kind`")]
#[case("\n{\"seq\": 1, \"at_us\": 0, \"what\": \"box_started\", \"boot\": 1}\nnginx -t", "line 3 is no event: ")]
#[case("[{\"what\": \"ran\"}]", "item 1 of the list is no event: missing field")]
#[case("[{\"kind\": \"command_ended\"}]", "item 1 of the list is no event: ")]
#[case("[1", "the list of events is not JSON: ")]
#[case(
    "{\"seq\": 1, \"at_us\": 9223372036854775807, \"what\": \"box_started\", \"boot\": 1}",
    "no calendar has the time"
)]
fn a_bad_line_names_its_number(#[case] text: &str, #[case] says: &str) {
    let error: LedgerError = ledger::read(text).unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
}
