//! What people judge, in the browser: a text is handed in, two judge it without seeing each other, one decides, and the
//! learner reads why. The forms by keyboard.

use std::time::Duration;

use fantoccini::Locator;
use http::StatusCode;
use tests::{
    browser::Browser,
    eventually,
    http::Client,
    keyboard::{DOWN, ENTER, SPACE, fits, press, tab_to, value},
    server::Server,
};

const SOON: Duration = Duration::from_secs(30);
const LAB: &str = "write-the-incident-update";
/// It says little, and not all of it right.
const TEXT: &str =
    "Something+is+slow+at+the+counters+and+we+are+looking+into+it.+More+will+follow+when+there+is+more+to+say.";

async fn sign_in(browser: &Browser, site: &str, name: &str) {
    browser.client.delete_all_cookies().await.expect("no cookies");
    browser.goto(&format!("{site}/signin")).await;
    let button = format!("//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&button)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
}

/// Hands in a text as a learner. Gives the attempt.
async fn handed_in(maya: &Client) -> String {
    let started = maya.post(&format!("/labs/{LAB}/start"), "").await;
    let attempt = started.location().strip_prefix("/attempts/").expect("an attempt").to_string();
    let answer = maya.post(&format!("/attempts/{attempt}/hand-in"), &format!("subject=Slow&update={TEXT}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    eventually("it is over", SOON, || async {
        (maya.get(&format!("/attempts/{attempt}/result")).await.status == StatusCode::OK).then_some(())
    })
    .await;
    attempt
}

/// Chooses one of a group of choices.
async fn take(browser: &Browser, group: &str, wanted: &str) {
    tab_to(browser, &format!("input[type=radio][name='{group}']")).await;
    press(browser, SPACE).await;
    for _ in 0..9 {
        if value(browser).await == wanted {
            return;
        }
        press(browser, DOWN).await;
    }
    panic!("{group} has no {wanted}");
}

async fn quiet(browser: &Browser) {
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn a_text_is_judged_by_two_and_decided() {
    let server = Server::demo();
    let site = server.url();
    let maya = Client::signed_in(&site, "Maya Lindqvist").await;
    let attempt = handed_in(&maya).await;

    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &site, "Ingrid Solheim").await;
    browser.sees("1 thing waits for your judgement").await;
    tab_to(&browser, "main a[href='/judging']").await;
    press(&browser, ENTER).await;
    browser.sees("Waiting").await;
    fits(&browser, "judging-inbox").await;
    tab_to(&browser, "tr[data-case] a").await;
    press(&browser, ENTER).await;
    browser.sees("What was handed in").await;
    let page = browser.text().await.expect("a page");
    assert!(page.contains("Something is slow at the counters") && !page.contains("Maya"), "{page}");
    assert!(!page.contains("What the machine says"), "{page}");
    let case = browser.client.current_url().await.expect("an address").to_string();

    take(&browser, "level-communication", "1").await;
    tab_to(&browser, "#comment-communication").await;
    press(&browser, "Say whom it hits, and when they hear again.").await;
    take(&browser, "level-operational-discipline", "3").await;
    take(&browser, "served", "2").await;
    take(&browser, "overall", "no").await;
    fits(&browser, "judging-form").await;
    tab_to(&browser, "form[action$='/rate'] .button-main").await;
    press(&browser, ENTER).await;
    browser.sees("a 1 and a 4 need something to show").await;
    browser.goto(&case).await;
    // Nothing of it is lost.
    tab_to(&browser, "#comment-communication").await;
    assert_eq!(value(&browser).await, "Say whom it hits, and when they hear again.");
    tab_to(&browser, "#quote-operational-discipline").await;
    browser.goto(&case).await;
    tab_to(&browser, "#quote-communication").await;
    press(&browser, "we are looking into it").await;
    let _ = browser.console().await;
    tab_to(&browser, "form[action$='/rate'] .button-main").await;
    press(&browser, ENTER).await;
    browser.sees("1 of 2 have").await;
    browser.sees("What the machine says").await;

    let rafael = Client::signed_in(&site, "Rafael Duarte").await;
    let path = case.strip_prefix(&site).expect("on this site");
    let seen = rafael.get(path).await.body;
    assert!(!seen.contains("Ingrid Solheim") && !seen.contains("whom it hits"), "{seen}");
    let form =
        "level-communication=3&level-operational-discipline=3&comment-communication=Short.&overall=yes&served=declined";
    let answer = rafael.post(&format!("{path}/rate"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);

    browser.goto(&case).await;
    browser.sees("Two levels apart or more").await;
    browser.sees("Rafael Duarte").await;
    fits(&browser, "judging-decide").await;
    take(&browser, "decision", "later").await;
    tab_to(&browser, "#reason").await;
    press(&browser, "Write it once more for somebody with a queue in front of them.").await;
    tab_to(&browser, "form[action$='/decide'] .button-main").await;
    press(&browser, ENTER).await;
    browser.sees("Nothing waits").await;
    quiet(&browser).await;

    sign_in(&browser, &site, "Maya Lindqvist").await;
    browser.goto(&format!("{site}/attempts/{attempt}/result")).await;
    browser.sees("Not yet: worth doing once more").await;
    browser.sees("somebody with a queue in front of them").await;
    let page = browser.text().await.expect("a page");
    assert!(!page.contains("Ingrid Solheim") && !page.contains("Rafael Duarte"), "{page}");
    fits(&browser, "judged-result").await;
    quiet(&browser).await;
}

#[tokio::test]
async fn who_disagrees_or_knows_better_or_has_something_to_show_is_answered() {
    let server = Server::demo();
    let site = server.url();
    let maya = Client::signed_in(&site, "Maya Lindqvist").await;
    let attempt = handed_in(&maya).await;
    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &site, "Maya Lindqvist").await;
    browser.goto(&format!("{site}/attempts/{attempt}/result")).await;
    tab_to(&browser, "#judged ~ details summary, details:has(#check) summary").await;
    press(&browser, ENTER).await;
    tab_to(&browser, "#check").await;
    tab_to(&browser, "#words").await;
    press(&browser, "It says so in its second sentence.").await;
    fits(&browser, "dispute").await;
    tab_to(&browser, "form[action$='/dispute'] .button").await;
    press(&browser, ENTER).await;
    browser.sees("Was it wrong?").await;
    browser.sees("An answer comes by").await;

    browser.goto(&format!("{site}/evidence")).await;
    tab_to(&browser, "#goal").await;
    press(&browser, DOWN).await;
    tab_to(&browser, "#words").await;
    press(&browser, "I asked for access by the proper way: https://tickets.example/HL-1").await;
    tab_to(&browser, "form[action='/evidence'] .button-main").await;
    press(&browser, ENTER).await;
    browser.sees("What you have handed in").await;
    fits(&browser, "evidence").await;
    quiet(&browser).await;

    sign_in(&browser, &site, "Priya Raghavan").await;
    browser.goto(&format!("{site}/judging")).await;
    let dispute = browser.find_within("tr[data-matter=Dispute] a", SOON).await;
    dispute.click().await.expect("a click");
    browser.sees("It says so in its second sentence.").await;
    // It shows what the machine says of a text that she is still to judge.
    browser.sees("Judge the work first").await;
    let dispute = browser.client.current_url().await.expect("an address").to_string();
    fits(&browser, "judging-work-first").await;
    tab_to(&browser, ".case-read a.button-main").await;
    press(&browser, ENTER).await;
    browser.sees("What was handed in").await;
    let work = browser.client.current_url().await.expect("an address").to_string();
    let form =
        "level-communication=3&level-operational-discipline=3&comment-communication=Short.&overall=yes&served=declined";
    let priya = Client::signed_in(&site, "Priya Raghavan").await;
    let rate = format!("{}/rate", work.strip_prefix(&site).expect("on this site"));
    let answer = priya.post(&rate, form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    browser.goto(&dispute).await;
    browser.sees("What the machine saw").await;
    fits(&browser, "judging-dispute").await;
    take(&browser, "decision", "yes").await;
    tab_to(&browser, "#reason").await;
    press(&browser, "It does, in other words.").await;
    tab_to(&browser, "form[action$='/decide'] .button-main").await;
    press(&browser, ENTER).await;
    browser.find_within("tr[data-matter=Evidence]", SOON).await;
    quiet(&browser).await;
    let told = maya.get(&format!("/attempts/{attempt}/result")).await.body;
    assert!(told.contains("It was right: the check counts") && told.contains("It does, in other words."), "{told}");
}
