//! How a browser is shown every page: light or dark, with room or without.

/// A choice of how pages look, which a browser keeps in a cookie.
pub trait Taste: Copy + Default + Eq + 'static {
    /// Its entry in forms.
    const NAME: &'static str;
    /// What it is called.
    const LABEL: &'static str;
    /// The cookie that keeps it.
    const COOKIE: &'static str;
    /// What there is to choose: as forms and the cookie name it, and a word for it.
    const ALL: &'static [(Self, &'static str, &'static str)];

    /// The choice of this name.
    fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, _)| *name == text).map(|(choice, ..)| *choice)
    }

    /// Its name.
    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(choice, ..)| *choice == self).map_or("", |(_, name, _)| name)
    }

    /// What the document's element says of it; none where nothing was chosen.
    fn attribute(self) -> Option<&'static str> {
        (self != Self::default()).then(|| self.as_str())
    }
}

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Taste for Theme {
    const NAME: &'static str = "theme";
    const LABEL: &'static str = "Theme";
    const COOKIE: &'static str = "ledgeros_theme";
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::System, "system", "System"), (Self::Light, "light", "Light"), (Self::Dark, "dark", "Dark")];
}

/// How much room rows take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    /// Room between rows.
    #[default]
    Comfortable,
    /// More rows on the screen; what can be pressed stays 24 pixels high.
    Compact,
}

impl Taste for Density {
    const NAME: &'static str = "density";
    const LABEL: &'static str = "Density";
    const COOKIE: &'static str = "ledgeros_density";
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Comfortable, "comfortable", "Comfortable"), (Self::Compact, "compact", "Compact")];
}
