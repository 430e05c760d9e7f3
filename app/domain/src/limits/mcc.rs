//! The names of merchant categories that policies speak of most.
use super::restrictions::Mcc;

/// Codes of ISO 18245 with their names, in order. What is not here is known by its code alone.
const NAMES: [(&str, &str); 46] = [
    ("4111", "Commuter transport"),
    ("4112", "Passenger railways"),
    ("4121", "Taxis and ride services"),
    ("4131", "Bus lines"),
    ("4215", "Couriers and freight"),
    ("4511", "Airlines"),
    ("4582", "Airports"),
    ("4722", "Travel agencies"),
    ("4784", "Tolls"),
    ("4814", "Telecommunication services"),
    ("4816", "Network and information services"),
    ("4829", "Money transfers"),
    ("4900", "Utilities"),
    ("5021", "Office furniture"),
    ("5044", "Office and photographic equipment"),
    ("5045", "Computers and peripherals"),
    ("5111", "Stationery and printing paper"),
    ("5311", "Department stores"),
    ("5411", "Grocery stores"),
    ("5541", "Service stations"),
    ("5732", "Electronics shops"),
    ("5734", "Computer software shops"),
    ("5812", "Restaurants"),
    ("5814", "Fast food"),
    ("5815", "Digital goods: media and books"),
    ("5816", "Digital goods: games"),
    ("5817", "Digital goods: applications"),
    ("5818", "Digital goods: large merchants"),
    ("5921", "Alcohol shops"),
    ("5942", "Book shops"),
    ("5943", "Stationery and office supplies"),
    ("5944", "Jewellery and watches"),
    ("5967", "Teleservices with inbound calls"),
    ("5968", "Subscription merchants"),
    ("5993", "Tobacco shops"),
    ("6010", "Cash at a bank's counter"),
    ("6011", "Cash machines"),
    ("6051", "Cryptocurrency, travel cheques and other quasi-cash"),
    ("6211", "Securities brokers"),
    ("6540", "Loading of stored-value cards"),
    ("7011", "Hotels"),
    ("7311", "Advertising services"),
    ("7372", "Programming and data processing"),
    ("7379", "Computer maintenance and services"),
    ("7512", "Car rental"),
    ("7995", "Betting and casinos"),
];

/// What the category is called, where it is among those that have a name here.
pub fn name(mcc: &Mcc) -> Option<&'static str> {
    let place = NAMES.binary_search_by(|(code, _)| (*code).cmp(mcc.as_str())).ok()?;
    NAMES.get(place).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_by_its_code() {
        for (code, called) in NAMES {
            assert_eq!(name(&Mcc::try_from(code.to_owned()).unwrap()), Some(called), "{code}: in order?");
        }
        assert_eq!(name(&Mcc::try_from("0742".to_owned()).unwrap()), None);
    }
}
