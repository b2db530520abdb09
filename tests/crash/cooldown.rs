//! Spent charges stay spent when the server is killed.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{API, Answer, Client};
use crate::server::{Log, Server};

const MAX_CHARGES: u16 = 3;

/// An hour: no charge comes back while a test runs.
const REGAIN_MS: u32 = 3_600_000;

pub(crate) async fn restart_refunds_nothing(log: Log) {
    let settings = vec![
        ("CANVAS__MAX_CHARGES", MAX_CHARGES.to_string()),
        ("CANVAS__REGAIN_MS", REGAIN_MS.to_string()),
    ];
    let mut server = Server::start(log, settings).await;
    let mut player = Client::signed_in(server.address(), "Ada").await;
    let mut spent = Value::Null;
    for x in 0..MAX_CHARGES {
        spent = place(&mut player, x).await.json(StatusCode::CREATED);
    }
    assert_eq!(spent["charges"], 0);
    let refused = place(&mut player, MAX_CHARGES).await;
    refused.json::<Value>(StatusCode::TOO_MANY_REQUESTS);

    server.kill().await;
    server.restart().await;

    let refused = place(&mut player, MAX_CHARGES).await;
    refused.json::<Value>(StatusCode::TOO_MANY_REQUESTS);
    let mut repeated: Value = place(&mut player, MAX_CHARGES - 1)
        .await
        .json(StatusCode::CREATED);
    // The seat is another one.
    for answer in [&mut spent, &mut repeated] {
        assert!(answer["playing_until"].take().is_string());
    }
    assert_eq!(
        repeated, spent,
        "a retry costs nothing, and the next charge comes as before"
    );
    let mut other = Client::signed_in(server.address(), "Grace").await;
    let first: Value = place(&mut other, 9).await.json(StatusCode::CREATED);
    assert_eq!(first["charges"], MAX_CHARGES - 1);
}

/// Places on a column; the id says which.
async fn place(player: &mut Client, x: u16) -> Answer {
    let body = json!({ "id": format!("column-{x}"), "x": x, "y": 0, "color": 1 });
    let path = format!("{API}/canvases/main/placements");
    player.post(&path, &body).await
}
