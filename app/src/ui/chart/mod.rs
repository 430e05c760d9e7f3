//! Charts drawn on the server: numbers to [`scale`], scale to [`geometry`], geometry to [`svg`].
