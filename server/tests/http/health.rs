//! The probes.
use super::support::{Reply, Server};
use axum::{body::Body, http::Request};

#[tokio::test]
async fn probes_answer_by_any_name() {
    let server = Server::with(&["--url", "https://pay.example.com"]).await;
    let probe = async |path: &str| {
        let request = Request::builder().uri(path).header("host", "10.0.0.7:3000");
        Reply::read(server.send(request.body(Body::empty()).unwrap()).await).await
    };
    for path in ["/health/live", "/health/ready"] {
        let reply = probe(path).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, r#"{"status":"ok"}"#), "{path}");
    }
    server.fresh.db.close().await;
    assert_eq!(probe("/health/live").await.status, 200);
    assert_eq!(probe("/health/ready").await.status, 503);
}
