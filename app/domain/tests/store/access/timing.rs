//! Security X-A5: whoever asks for a known person and for an unknown one waits equally long.
use super::{from, person, sign_in};
use domain::{
    access::{
        self, Admission, Role,
        invites::{Invite, Invited},
        resets::AskReset,
    },
    testing::{Fresh, email, organisation},
    time::MINUTE,
};
use std::time::{Duration, Instant};

/// Median times of asking `n` times for somebody known and somebody unknown, in turn.
#[derive(Debug, Clone, Copy)]
struct Medians {
    known: Duration,
    unknown: Duration,
}

impl Medians {
    fn of(mut times: [Vec<Duration>; 2]) -> Self {
        let [known, unknown] = times.each_mut().map(|times| {
            times.sort();
            times[times.len() / 2]
        });
        Self { known, unknown }
    }

    fn apart(self) -> Duration {
        self.known.abs_diff(self.unknown)
    }
}

/// Wrong passwords, half an hour apart, so that nothing waits.
async fn signing_in(n: usize) -> Medians {
    let fresh = Fresh::new().await;
    let (known, _) = person(&fresh, Role::Owner).await;
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..n {
        for (which, address) in [&*known, "nobody@acme.example"].into_iter().enumerate() {
            fresh.clock.advance(31 * MINUTE);
            let begun = Instant::now();
            let answer = sign_in(&fresh, address, "not this one", from(&format!("203.0.{}.1", turn % 250))).await;
            times[which].push(begun.elapsed());
            assert!(matches!(answer, Admission::Wrong), "{address} {turn}");
        }
    }
    Medians::of(times)
}

/// Forgotten passwords, of members and of nobody.
async fn forgetting(n: usize) -> Medians {
    let fresh = Fresh::new().await;
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..n {
        let addresses = [format!("k{turn}@acme.example"), format!("u{turn}@acme.example")];
        access::testing::member(&fresh.db, &fresh.organisation, Role::Support, "Member", &addresses[0]).await;
        for (which, address) in addresses.iter().enumerate() {
            let begun = Instant::now();
            fresh.db.note(AskReset(email(address))).await.unwrap();
            times[which].push(begun.elapsed());
        }
    }
    Medians::of(times)
}

/// Invitations of addresses that sign in to another organisation of the server, and of nobody's.
async fn inviting(n: usize) -> Medians {
    let fresh = Fresh::new().await;
    let other = organisation(&fresh.db, "Other").await;
    let owner = access::testing::member(&fresh.db, &fresh.organisation, Role::Owner, "Ada", "ada@acme.example").await;
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..n {
        let addresses = [format!("k{turn}@other.example"), format!("u{turn}@other.example")];
        access::testing::member(&fresh.db, &other, Role::Support, "Member", &addresses[0]).await;
        for (which, address) in addresses.iter().enumerate() {
            let begun = Instant::now();
            let made = fresh.db.commit(&owner, Invite { email: email(address), role: Role::Support }).await.unwrap();
            times[which].push(begun.elapsed());
            assert!(matches!(made, Invited::Made(_)));
        }
    }
    Medians::of(times)
}

/// A control that costs little: nobody's password is hashed too, so that the difference is no whole hash.
#[tokio::test]
async fn nobodys_password_costs_as_much_as_somebodys() {
    let medians = signing_in(9).await;
    assert!(medians.apart() < medians.known.max(medians.unknown) / 2, "{medians:?}");
}

/// The row's own number; `make prove` runs it.
#[tokio::test]
#[ignore = "takes minutes and a quiet machine"]
async fn known_and_unknown_people_take_equally_long() {
    for (what, medians) in
        [("sign-in", signing_in(300).await), ("reset", forgetting(300).await), ("invite", inviting(300).await)]
    {
        assert!(medians.apart() < Duration::from_millis(5), "{what}: {medians:?}");
    }
}
