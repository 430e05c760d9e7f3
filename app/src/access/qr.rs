//! A QR code as a drawing of the server: one path, dark on light in every theme, because scanners want it so.
use leptos::prelude::*;
use qrcode::{Color, QrCode};
use std::fmt::Write;

/// Empty squares around the code, as its standard asks.
const QUIET: usize = 4;

/// Draws `text`. What is too long for a code is not drawn: the same stands beside it in letters.
pub(super) fn drawn(text: &str) -> AnyView {
    let Ok(code) = QrCode::new(text) else { return ().into_any() };
    let width = code.width();
    let path = path(&code.to_colors(), width);
    let side = width + 2 * QUIET;
    view! {
        <svg class="qr" role="img" aria-label="QR code for your authenticator app" width="232" height="232" viewBox=format!("0 0 {side} {side}")>
            <rect width="100%" height="100%" fill="#fff" />
            <path d=path fill="#000" />
        </svg>
    }
    .into_any()
}

/// The dark squares, each row's neighbours in one stroke.
fn path(colours: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a text cannot fail.
                let _ = write!(path, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_drawn_once() {
        let code = QrCode::new("otpauth://totp/x?secret=MZXW6YTBOI").unwrap();
        let colours = code.to_colors();
        let drawn = path(&colours, code.width());
        let squares: usize = drawn
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|rest| rest.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        assert_eq!(squares, colours.iter().filter(|c| **c == Color::Dark).count());
        // The first finder pattern: seven dark squares in the corner, beyond the quiet zone.
        assert!(drawn.starts_with("M4 4h7v1h-7z"), "{drawn}");
    }
}
