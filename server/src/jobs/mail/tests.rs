//! The mail job against a small SMTP receiver.
use super::*;
use crate::config::Config;
use clap::Parser;
use domain::{
    access::{
        Role,
        invites::{Invite, Invited},
        members,
        resets::AskReset,
        testing::{acting, member},
    },
    db::Options,
    name::Email,
    testing::Fresh,
    time::MINUTE,
};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// What the receiver was handed: sender, receivers and the letter as it stood on the wire.
type Received = Arc<Mutex<Vec<String>>>;

/// An SMTP server on loopback that takes everything; `refuse` letters are turned away first.
async fn receiver(refuse: usize) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let received = Received::default();
    let (kept, refuse) = (received.clone(), Arc::new(Mutex::new(refuse)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (kept, refuse) = (kept.clone(), refuse.clone());
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let mut letter = String::new();
                write.write_all(b"220 test\r\n").await.unwrap();
                while let Ok(Some(line)) = lines.next_line().await {
                    let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
                    let reply: &[u8] = match &*word {
                        "EHLO" => b"250 test\r\n",
                        "QUIT" => b"221 bye\r\n",
                        "MAIL" if *refuse.lock().unwrap() > 0 => {
                            *refuse.lock().unwrap() -= 1;
                            b"451 not now\r\n"
                        }
                        "DATA" => {
                            write.write_all(b"354 go on\r\n").await.unwrap();
                            while let Ok(Some(line)) = lines.next_line().await {
                                if line == "." {
                                    break;
                                }
                                letter.push_str(&line);
                                letter.push('\n');
                            }
                            kept.lock().unwrap().push(std::mem::take(&mut letter));
                            b"250 taken\r\n"
                        }
                        _ => {
                            letter.push_str(&line);
                            letter.push('\n');
                            b"250 fine\r\n"
                        }
                    };
                    write.write_all(reply).await.unwrap();
                }
            });
        }
    });
    (url, received)
}

fn smtp(url: &str) -> Smtp {
    let args = ["ledgeros", "--smtp-url", url, "--mail-from", "LedgerOS <ledger@acme.example>"];
    let config = Settings::parse_from(args).config;
    config.check().unwrap();
    Smtp::new(config.smtp_url.as_ref().unwrap(), config.mail_from.as_ref().unwrap()).unwrap()
}

/// The database of `fresh`, opened as an installation with mail opens it.
async fn with_mail(fresh: &Fresh) -> Db {
    let mut options = Options::new(&fresh.url);
    options.clock = fresh.clock.clone();
    options.key_file = Some(fresh.dir.path().join("test.key"));
    options.mail = Some("https://ledger.acme.example".to_owned());
    Db::open(options).await.unwrap()
}

#[tokio::test]
async fn an_invitation_goes_by_mail_and_is_kept_nowhere() {
    let fresh = Fresh::new().await;
    let db = with_mail(&fresh).await;
    let (url, received) = receiver(0).await;
    let owner = member(&db, &fresh.organisation, Role::Owner, "Ada", "ada@acme.example").await;
    let invite = Invite { email: Email::parse("new@acme.example").unwrap(), role: Role::Support };
    let Invited::Made(made) = db.commit(&owner, invite).await.unwrap() else { panic!("made at once") };
    assert!(made.link.is_none(), "nobody else sees the link");
    let body = &fresh.dump().await["mails"][0];
    assert!(!body.contains("invite/"), "the letter is sealed while it waits");
    assert_eq!(mail::run_due(&db, &smtp(&url), 5).await.unwrap(), 1);
    let letter = received.lock().unwrap().remove(0);
    for part in ["MAIL FROM:<ledger@acme.example>", "RCPT TO:<new@acme.example>", "Subject: Invitation to Acme"] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    let plain = letter.replace("=\n", "");
    assert!(plain.contains("https://ledger.acme.example/invite/"), "{letter}");
    assert!(plain.contains("Ada invites you to Acme on LedgerOS as support."), "{letter}");
    let after = fresh.dump().await["mails"].join("\n");
    assert!(after.contains("body=NULL") && after.contains("'sent'"), "{after}");
    assert_eq!(mail::run_due(&db, &smtp(&url), 5).await.unwrap(), 0);
}

#[tokio::test]
async fn a_letter_that_is_turned_away_is_tried_again_until_it_is_too_late() {
    let fresh = Fresh::new().await;
    let db = with_mail(&fresh).await;
    let (url, received) = receiver(1).await;
    let email = Email::parse("ada@acme.example").unwrap();
    member(&db, &fresh.organisation, Role::Owner, "Ada", email.as_str()).await;
    db.note(AskReset(email.clone())).await.unwrap();
    assert_eq!(resets::run_asked(&db).await.unwrap(), 1);
    let relay = smtp(&url);
    assert_eq!(mail::run_due(&db, &relay, 5).await.unwrap(), 1);
    assert!(received.lock().unwrap().is_empty());
    assert_eq!(mail::run_due(&db, &relay, 5).await.unwrap(), 0, "not at once");
    fresh.clock.advance(MINUTE);
    assert_eq!(mail::run_due(&db, &relay, 5).await.unwrap(), 1);
    assert!(received.lock().unwrap()[0].replace("=\n", "").contains("https://ledger.acme.example/reset/"));
    // The next one finds no server for half an hour: by then its link is dead, and the letter with it.
    fresh.clock.advance(6 * MINUTE);
    db.note(AskReset(email)).await.unwrap();
    resets::run_asked(&db).await.unwrap();
    let nobody = smtp("smtp://127.0.0.1:9");
    for _ in 0..40 {
        mail::run_due(&db, &nobody, 5).await.unwrap();
        fresh.clock.advance(MINUTE);
    }
    let rows = fresh.dump().await["mails"].join("\n");
    assert!(rows.contains("'abandoned'") && !rows.contains("'pending'"), "{rows}");
    assert_eq!(rows.matches("body=NULL").count(), 2, "{rows}");
}

#[tokio::test]
async fn an_unknown_address_and_a_disabled_person_get_nothing() {
    let fresh = Fresh::new().await;
    let db = with_mail(&fresh).await;
    let owner = member(&db, &fresh.organisation, Role::Owner, "Ada", "ada@acme.example").await;
    member(&db, &fresh.organisation, Role::Support, "Bob", "bob@acme.example").await;
    let all = members::list(&db, &owner).await.unwrap();
    let bob = all.iter().find(|m| m.name == "Bob").unwrap();
    db.commit(&acting(&owner, bob), members::Leave).await.unwrap();
    for email in ["nobody@acme.example", "bob@acme.example"] {
        db.note(AskReset(Email::parse(email).unwrap())).await.unwrap();
    }
    assert_eq!(resets::run_asked(&db).await.unwrap(), 2);
    let dump = fresh.dump().await;
    assert!(!dump.contains_key("mails") || dump["mails"].is_empty(), "{dump:?}");
    assert!(dump["reset_requests"].is_empty(), "what was typed is not kept");
}

#[test]
fn a_line_break_never_reaches_a_header() {
    for bad in ["a@b.example\r\nBcc: all@b.example", "a@b.example\nX: y"] {
        assert!(!mail::is_header(bad));
        assert!(bad.parse::<Mailbox>().is_err() || !mail::is_header(bad));
        assert!(Email::parse(bad).is_err());
    }
}
