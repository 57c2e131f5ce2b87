use proptest::prelude::*;

use super::*;

const BOX: u64 = 80 << 20;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

fn lab(arrivals: &[i64], bookings: Vec<Booking>) -> Demand {
    let arrivals = arrivals.iter().map(|seconds| ago(*seconds)).collect();
    Demand { each: BOX, warms_in: TimeDelta::seconds(3), arrivals, bookings }
}

fn booking(in_minutes: i64, places: u32) -> Booking {
    let at = now() + TimeDelta::minutes(in_minutes);
    Booking { at, until: at + TimeDelta::minutes(40), places }
}

fn holds(demands: &[Demand], boxes: u64) -> Vec<u32> {
    plan(now(), demands, boxes * BOX, 2).iter().map(|share| share.hold).collect()
}

#[test]
fn a_lab_that_nobody_used_gets_nothing() {
    assert_eq!(holds(&[lab(&[], vec![]), lab(&[3700], vec![])], 10), [0, 0]);
}

#[test]
fn a_lab_gets_as_many_as_came_at_once() {
    // One now and then; three within half a minute, long ago; a whole class.
    let class: Vec<i64> = (0..20).map(|n| 1800 + n).collect();
    let demands = [lab(&[60, 600, 1200], vec![]), lab(&[10, 3000, 3010, 3020], vec![]), lab(&class, vec![])];
    assert_eq!(holds(&demands, 100), [1, 3, 20]);
}

#[test]
fn what_takes_long_to_make_is_kept_for_those_who_come_meanwhile() {
    let slow = Demand { warms_in: TimeDelta::seconds(300), ..lab(&[10, 100, 200, 290], vec![]) };
    assert_eq!(holds(&[slow], 10), [4]);
}

#[test]
fn labs_take_turns_and_the_last_used_begins() {
    let demands = [lab(&[100, 101, 102], vec![]), lab(&[10, 11, 12], vec![])];
    assert_eq!(holds(&demands, 3), [1, 2]);
}

#[test]
fn promises_come_first_and_the_nearest_of_them() {
    let demands = [lab(&[1, 2, 3, 4], vec![]), lab(&[], vec![booking(9, 4)]), lab(&[], vec![booking(5, 4)])];
    assert_eq!(holds(&demands, 6), [0, 2, 4]);
    let shares = plan(now(), &demands, 9 * BOX, 2);
    assert_eq!(shares[0], Share { hold: 1, reserved: 0 });
    assert_eq!(shares[1], Share { hold: 4, reserved: 4 });
}

#[test]
fn a_promise_is_kept_from_some_minutes_before_until_it_is_over() {
    let held = |minutes: i64| holds(&[lab(&[], vec![booking(minutes, 10)])], 100)[0];
    // Ten boxes, two at a time, three seconds each: half a minute before the ten minutes.
    assert_eq!((held(60), held(11), held(10), held(0), held(-39), held(-40)), (0, 0, 10, 10, 10, 0));
    let many = holds(&[lab(&[], vec![booking(14, 100)])], 100);
    assert_eq!(many, [100], "many begin earlier");
}

#[test]
fn who_came_has_theirs_and_a_second_class_is_not_mixed_up_with_the_first() {
    let class: Vec<i64> = (0..12).collect();
    let reserved = |demand: Demand| plan(now(), &[demand], 100 * BOX, 2)[0].reserved;
    assert_eq!(reserved(lab(&class, vec![booking(-1, 10)])), 0, "two more came than were expected");
    assert_eq!(reserved(lab(&class, vec![booking(-1, 20)])), 8);
    assert_eq!(reserved(lab(&class, vec![booking(-1, 10), booking(9, 5)])), 5);
    assert_eq!(reserved(lab(&class, vec![booking(9, 5)])), 5, "who came long before came for something else");
}

prop_compose! {
    fn demands()(labs in prop::collection::vec(
        (1_u64..400, 1_i64..60, prop::collection::vec(0_i64..7200, 0..12), prop::collection::vec((-60_i64..60, 0_u32..30), 0..3)),
        0..6,
    )) -> Vec<Demand> {
        labs.into_iter().map(|(each, warms_in, arrivals, bookings)| Demand {
            each: each << 20,
            warms_in: TimeDelta::seconds(warms_in),
            arrivals: arrivals.into_iter().map(ago).collect(),
            bookings: bookings.into_iter().map(|(minutes, places)| booking(minutes, places)).collect(),
        }).collect()
    }
}

proptest! {
    #[test]
    fn never_more_than_the_memory(demands in demands(), budget in 0_u64..(8 << 30)) {
        let shares = plan(now(), &demands, budget, 2);
        prop_assert_eq!(shares.len(), demands.len());
        let used: u64 = shares.iter().zip(&demands).map(|(share, demand)| u64::from(share.hold) * demand.each).sum();
        prop_assert!(used <= budget);
        prop_assert!(shares.iter().all(|share| share.reserved <= share.hold));
    }

    #[test]
    fn more_arrivals_never_mean_fewer_boxes(demands in demands(), budget in 0_u64..(8 << 30), lab in 0_usize..6, age in 0_i64..4000) {
        prop_assume!(lab < demands.len());
        // Who comes for a promise takes from it: that is another matter.
        let mut demands = demands;
        demands.iter_mut().for_each(|demand| demand.bookings.clear());
        let before = plan(now(), &demands, budget, 2)[lab].hold;
        demands[lab].arrivals.push(ago(age));
        prop_assert!(plan(now(), &demands, budget, 2)[lab].hold >= before);
    }

    #[test]
    fn promises_do_not_depend_on_who_comes_to_other_labs(demands in demands(), budget in 0_u64..(8 << 30)) {
        let shares = plan(now(), &demands, budget, 2);
        let mut quiet = demands.clone();
        for demand in quiet.iter_mut().filter(|demand| demand.bookings.is_empty()) {
            demand.arrivals.clear();
        }
        let reserved = |shares: &[Share]| shares.iter().map(|share| share.reserved).collect::<Vec<_>>();
        prop_assert_eq!(reserved(&shares), reserved(&plan(now(), &quiet, budget, 2)));
    }

    #[test]
    fn more_memory_never_breaks_a_promise(demands in demands(), budget in 0_u64..(4 << 30), more in 0_u64..(4 << 30)) {
        let promised = |budget| plan(now(), &demands, budget, 2).iter().map(|share| share.reserved).sum::<u32>();
        let all: u32 = plan(now(), &demands, u64::MAX, 2).iter().map(|share| share.reserved).sum();
        prop_assert!(promised(budget) <= all && promised(budget + more) <= all);
        let bytes = |budget: u64| plan(now(), &demands, budget, 2).iter().zip(&demands).map(|(s, d)| u64::from(s.hold) * d.each).sum::<u64>();
        prop_assert!(bytes(budget) <= budget && bytes(budget + more) <= budget + more);
    }

    #[test]
    fn the_order_in_which_people_are_told_of_changes_nothing(demands in demands(), budget in 0_u64..(8 << 30)) {
        let mut other = demands.clone();
        for demand in &mut other {
            demand.arrivals.reverse();
            demand.bookings.reverse();
        }
        prop_assert_eq!(plan(now(), &demands, budget, 2), plan(now(), &other, budget, 2));
    }
}
