//! Exercises without a machine, from opening to result, by keyboard alone.

use std::{path::Path, time::Duration};

use fantoccini::Locator;
use labs::{
    catalog::{Catalog, Lab, Vars},
    exercise::{Answer, Exercise, Question, Work, review},
};
use platform::store::{Store, attempts};
use tests::{
    browser::Browser,
    eventually,
    keyboard::{DOWN, ENTER, MANY, SPACE, TAB, choose, fits, press, tab_to, value},
    server::Server,
};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(30);

fn lab(id: &str) -> Lab {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../labs/catalog").join(id);
    Catalog::load_lab(&folder).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Signs in and opens the lab's page; what comes after is done by keyboard.
async fn open(browser: &Browser, site: &str, id: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let maya = "//button[contains(., 'Maya Lindqvist')]";
    browser.client.find(Locator::XPath(maya)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
    browser.goto(&format!("{site}/labs/{id}")).await;
    browser.sees("Good to know").await;
    if let Some(Work::Review(review)) = &lab(id).exercise.and_then(|exercise| exercise.work) {
        let page = browser.text().await.expect("a page");
        let told = review.defects.iter().find(|defect| page.contains(&defect.mark.title));
        assert_eq!(told, None, "what is to be found is told before");
    }
    tab_to(browser, "form[action$='/start'] button").await;
    press(browser, ENTER).await;
    // From here on what is typed is kept.
    browser.find_within(".answers-state[data-state]", SOON).await;
    let _ = browser.console().await;
}

/// Answers a question as somebody does who knows.
async fn answer(browser: &Browser, question: &Question, vars: &Vars) {
    let field = &question.mark.id;
    let right = question.answer.model(vars);
    match &question.answer {
        Answer::One { .. } => {
            tab_to(browser, &format!("input[type=radio][name='{field}']")).await;
            press(browser, SPACE).await;
            for _ in 0..MANY {
                if value(browser).await == right[0] {
                    return;
                }
                press(browser, DOWN).await;
            }
            panic!("{field}: {} is not among the choices", right[0]);
        }
        Answer::Several { right, wrong } => {
            for _ in 0..right.len() + wrong.len() {
                tab_to(browser, &format!("input[type=checkbox][name='{field}']")).await;
                if right.contains(&value(browser).await) {
                    press(browser, SPACE).await;
                }
                press(browser, TAB).await;
            }
        }
        Answer::Order(_) => {
            for text in &right {
                tab_to(browser, &format!("select[name='{field}']")).await;
                // A list takes what is typed as the beginning of a choice.
                press(browser, text).await;
                assert_eq!(&value(browser).await, text);
                press(browser, TAB).await;
            }
        }
        Answer::Number { .. } | Answer::Text { .. } => {
            tab_to(browser, &format!("input[name='{field}']")).await;
            press(browser, &right[0]).await;
        }
    }
}

async fn hand_in(browser: &Browser) {
    tab_to(browser, ".answers-end button[popovertarget=finish]").await;
    press(browser, ENTER).await;
    browser.find_within("#finish:popover-open", SOON).await;
    tab_to(browser, "button[formaction$='/hand-in']").await;
    press(browser, ENTER).await;
    browser.sees_within("Your result", SOON).await;
}

async fn saved(browser: &Browser) {
    browser.find_within(".answers-state[data-state=saved]", SOON).await;
}

/// What was drawn for the attempt whose page is open: what somebody reads off the page, without the reading.
async fn drawn(browser: &Browser, server: &Server) -> Vars {
    let address = browser.client.current_url().await.expect("an address");
    let id = address.path().trim_start_matches("/attempts/").parse::<Uuid>().expect("the page of an attempt");
    let store = Store::connect(&format!("sqlite://{}", server.database().display())).await.expect("the database");
    let attempt = attempts::by_id(&store, id).await.expect("the attempt").expect("it is there");
    store.close().await;
    attempt.vars
}

/// Starts the exercise, works at it with `work`, answers its questions, hands in, and has passed with nothing wrong.
async fn worked(id: &str, work: impl AsyncFn(&Browser, &Exercise, &Vars)) {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    let lab = lab(id);
    let exercise = lab.exercise.as_ref().expect("an exercise");
    open(&browser, &server.url(), id).await;
    let vars = drawn(&browser, &server).await;
    work(&browser, exercise, &vars).await;
    browser.find_within(".answers-state[data-state]", SOON).await;
    for question in &exercise.questions {
        answer(&browser, question, &vars).await;
    }
    fits(&browser, &exercise.kind.to_string()).await;
    if !exercise.questions.is_empty() {
        saved(&browser).await;
    }
    hand_in(&browser).await;
    browser.sees("Passed").await;
    let page = browser.text().await.expect("a page");
    for words in ["Your answer:", "You left this open", "Nothing was said of", "Open\n"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    fits(&browser, &format!("{}-result", exercise.kind)).await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn what_programs_printed_is_read_and_handed_in_by_keyboard() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    let lab = lab("tickets-will-not-print");
    let exercise = lab.exercise.as_ref().expect("an exercise");
    open(&browser, &server.url(), &lab.id).await;
    fits(&browser, "interpret").await;

    let vars = drawn(&browser, &server).await;
    let (first, rest) = exercise.questions.split_first().expect("questions");
    answer(&browser, first, &vars).await;
    saved(&browser).await;
    // Whoever reloads has lost nothing.
    browser.client.refresh().await.expect("a reload");
    browser.find_within(".answers-state[data-state]", SOON).await;
    let kept = format!("input[name='{}']:checked", first.mark.id);
    let kept = browser.find_within(&kept, SOON).await.attr("value").await.expect("a value");
    assert_eq!(kept.as_ref(), first.answer.model(&vars).first());
    for question in rest {
        answer(&browser, question, &vars).await;
    }
    saved(&browser).await;
    hand_in(&browser).await;
    browser.sees("Passed").await;
    let page = browser.text().await.expect("a page");
    assert!(!page.contains("Your answer:") && !page.contains("You left this open"), "{page}");
    assert!(page.contains("What to take away") && !page.contains("machine was"), "{page}");
    fits(&browser, "interpret-result").await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn a_change_is_reviewed_by_keyboard() {
    worked("review-tickets-bucket", async |browser, exercise, vars| {
        let Some(Work::Review(_)) = &exercise.work else { panic!("no review") };
        let comments = review::comments(&exercise.model(vars));
        for (made, comment) in (1..).zip(&comments) {
            choose(browser, "[name=remark-file]", &comment.file).await;
            tab_to(browser, "[name=remark-line]").await;
            press(browser, &comment.line.to_string()).await;
            choose(browser, "[name=remark-category]", &comment.category.to_string()).await;
            choose(browser, "[name=remark-severity]", &comment.severity.to_string()).await;
            tab_to(browser, "[name=remark-text]").await;
            press(browser, "This must be mended before it goes in.").await;
            tab_to(browser, "button[formaction$='/comments']").await;
            press(browser, ENTER).await;
            browser.find_within(&format!(".remark:nth-child({made})"), SOON).await;
        }
        // One is taken back, and made again by whoever thinks again.
        tab_to(browser, "button[name=take-back]").await;
        press(browser, ENTER).await;
        eventually("it is gone", SOON, || async {
            let left = browser.client.find_all(Locator::Css(".remark")).await.ok()?;
            (left.len() + 1 == comments.len()).then_some(())
        })
        .await;
        let comment = &comments[0];
        choose(browser, "[name=remark-file]", &comment.file).await;
        tab_to(browser, "[name=remark-line]").await;
        press(browser, &comment.line.to_string()).await;
        choose(browser, "[name=remark-category]", &comment.category.to_string()).await;
        choose(browser, "[name=remark-severity]", &comment.severity.to_string()).await;
        tab_to(browser, "[name=remark-text]").await;
        press(browser, "On second thoughts: yes.").await;
        tab_to(browser, "button[formaction$='/comments']").await;
        press(browser, ENTER).await;
        browser.find_within(&format!(".remark:nth-child({})", comments.len()), SOON).await;
    })
    .await;
}

#[tokio::test]
async fn a_text_is_written_by_keyboard() {
    worked("write-the-incident-update", async |browser, exercise, vars| {
        let Some(Work::Writing(writing)) = &exercise.work else { panic!("no text to write") };
        // What looks like HTML is text, also after a reload.
        let last = writing.parts.last().expect("a part");
        let odd = "</textarea><b>a&region=eu</b>";
        tab_to(browser, &format!("textarea[name='{}']", last.field)).await;
        press(browser, odd).await;
        saved(browser).await;
        browser.client.refresh().await.expect("a reload");
        browser.find_within(".answers-state[data-state]", SOON).await;
        tab_to(browser, &format!("textarea[name='{}']", last.field)).await;
        assert_eq!(value(browser).await, odd);
        // Control+A, then Delete.
        press(browser, "\u{e009}a\u{e000}\u{e017}").await;
        for part in &writing.parts {
            tab_to(browser, &format!("[name='{}']", part.field)).await;
            press(browser, vars.fill(&part.model).trim()).await;
        }
        saved(browser).await;
    })
    .await;
}

#[tokio::test]
async fn a_scenario_is_played_by_keyboard() {
    worked("friday-the-site-is-slow", async |browser, exercise, _| {
        let Some(Work::Scenario(scenario)) = &exercise.work else { panic!("no scenario") };
        for (made, id) in (1..).zip(&scenario.model) {
            tab_to(browser, &format!("button[name=move][value='{id}']")).await;
            press(browser, ENTER).await;
            eventually("the move is told of", SOON, || async {
                let told = browser.client.find_all(Locator::Css(".story-step:not(.story-inject)")).await.ok()?;
                (told.len() == made).then_some(())
            })
            .await;
            browser.find_within(".answers-state[data-state]", SOON).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_quiz_says_what_was_wrong_and_why() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    let lab = lab("rules-of-the-house");
    let exercise = lab.exercise.as_ref().expect("an exercise");
    open(&browser, &server.url(), &lab.id).await;
    fits(&browser, "quiz").await;
    for question in &exercise.questions {
        match question.mark.id.as_str() {
            "window" => {
                tab_to(&browser, "input[name=window]").await;
                press(&browser, "17").await;
            }
            "bastion" => {}
            _ => {
                // What is drawn stands in no choice of this one.
                answer(&browser, question, &Vars::default()).await;
            }
        }
    }
    saved(&browser).await;
    hand_in(&browser).await;
    browser.sees("Passed").await;
    browser.sees("Your answer: 17.").await;
    browser.sees("You left this open.").await;
    fits(&browser, "quiz-result").await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn a_server_that_is_away_costs_no_answer() {
    let mut server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    open(&browser, &server.url(), "rules-of-the-house").await;
    server.kill();
    tab_to(&browser, "input[name=window]").await;
    press(&browser, "23").await;
    browser.find_within(".answers-state[data-state=trouble]", SOON).await;
    browser.sees("Not saved yet").await;
    server.start_again();
    saved(&browser).await;
    browser.client.refresh().await.expect("a reload");
    let kept = eventually("the answer is there", SOON, || async {
        browser.client.find(Locator::Css("input[name=window]")).await.ok()?.attr("value").await.ok()?
    });
    assert_eq!(kept.await, "23");
}
