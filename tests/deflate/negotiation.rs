//! Offers and answers of permessage-deflate, to the letter (RFC 7692 §5, §7.1).

use crate::deflate_common::*;
use proptest::prelude::*;
use rfc6455::deflate::{Agreement, AnswerError, Deflate, Memory, Pool};
use rfc6455::handshake::Extension;

fn extensions(texts: &[&str]) -> Vec<Extension> {
    texts.iter().map(|text| extension(text)).collect()
}

/// What a server with these settings answers to these offers.
fn answer(settings: &Deflate, offers: &[&str]) -> Option<String> {
    Some(settings.accept(&extensions(offers))?.extension().to_string())
}

fn answer_by_default(offer: &str) -> Option<String> {
    answer(&Deflate::default(), &[&format!("permessage-deflate{offer}")])
}

fn agree(settings: &Deflate, answer: &str) -> Result<Agreement, AnswerError> {
    settings.agree(&extensions(&[answer])).map(|agreement| agreement.expect("it is there"))
}

fn agree_by_default(answer: &str) -> Result<Agreement, AnswerError> {
    agree(&Deflate::default(), &format!("permessage-deflate{answer}"))
}

fn offers(settings: &Deflate) -> Vec<String> {
    settings.offers().iter().map(ToString::to_string).collect()
}

#[test]
fn golden_offers() {
    assert_eq!(offers(&Deflate::default()), ["permessage-deflate; client_max_window_bits"]);
    let modest = |change: fn(&mut Deflate)| offers(&settings(change));
    let own = modest(|deflate| deflate.outgoing = context(10, false));
    assert_eq!(own, ["permessage-deflate; client_no_context_takeover; client_max_window_bits=10"]);
    let peers = modest(|deflate| deflate.incoming = context(9, false));
    let wanted =
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits";
    assert_eq!(peers, [wanted]);
    let wished = modest(|deflate| (deflate.incoming, deflate.require_incoming) = (context(9, false), false));
    assert_eq!(wished, [wanted, "permessage-deflate; client_max_window_bits"]);
    let nothing_to_wish = modest(|deflate| deflate.require_incoming = false);
    assert_eq!(nothing_to_wish, ["permessage-deflate; client_max_window_bits"]);
    let shared =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits";
    assert_eq!(offers(&Deflate::shared(Pool::new(1))), [shared]);
}

#[test]
fn golden_answers() {
    let story = |offer: &str, expected: &str| {
        assert_eq!(answer_by_default(offer).as_deref(), Some(expected), "{offer}");
    };
    story("", "permessage-deflate");
    story("; client_max_window_bits", "permessage-deflate");
    story("; server_no_context_takeover", "permessage-deflate; server_no_context_takeover");
    story("; client_no_context_takeover", "permessage-deflate; client_no_context_takeover");
    story("; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8");
    for bits in 8..=15 {
        let limit = format!("; server_max_window_bits={bits}");
        story(&limit, &format!("permessage-deflate{limit}"));
    }
    story(
        "; client_max_window_bits=12; server_max_window_bits=11; client_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; \
         client_max_window_bits=12",
    );
}

#[test]
fn golden_answers_of_a_server_with_wishes() {
    let small =
        settings(|deflate| (deflate.outgoing, deflate.incoming) = (context(10, false), context(9, false)));
    let answer_small = |offer: &str| answer(&small, &[&format!("permessage-deflate{offer}")]);
    let own = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10";
    // §7.1.2.2: a client that cannot be asked is not.
    assert_eq!(answer_small(""), None);
    assert_eq!(answer_small("; server_max_window_bits=8"), None);
    assert_eq!(answer_small("; client_max_window_bits"), Some(format!("{own}; client_max_window_bits=9")));
    assert_eq!(answer_small("; client_max_window_bits=15"), Some(format!("{own}; client_max_window_bits=9")));
    assert_eq!(answer_small("; client_max_window_bits=8"), Some(format!("{own}; client_max_window_bits=8")));
    let mut lenient = small;
    lenient.require_incoming = false;
    assert_eq!(answer(&lenient, &["permessage-deflate"]), Some(own.to_owned()));
    // And all is kept of what such a client may refer to.
    let agreement = lenient.accept(&extensions(&["permessage-deflate"])).unwrap();
    assert_eq!((agreement.outgoing(), agreement.incoming()), (context(10, false), context(15, false)));
}

#[test]
fn the_first_acceptable_of_several_offers_is_answered() {
    let of = |offers: &[&str]| answer(&Deflate::default(), offers);
    let ten = "permessage-deflate; server_max_window_bits=10";
    let nine = "permessage-deflate; server_max_window_bits=9";
    assert_eq!(of(&[ten, nine]).as_deref(), Some(ten));
    assert_eq!(of(&[nine, ten]).as_deref(), Some(nine));
    // §7.1: one that is declined makes room for the next.
    assert_eq!(of(&["permessage-deflate; x=1", ten, nine]).as_deref(), Some(ten));
    assert_eq!(
        of(&["permessage-deflate; server_max_window_bits", "x-other; a", nine]).as_deref(),
        Some(nine)
    );
    assert_eq!(of(&["permessage-deflate; x", "permessage-deflate; server_max_window_bits=7"]), None);
    assert_eq!(of(&["permessage-bzip2", "x-webkit-deflate-frame", "Permessage-Deflate"]), None);
    assert_eq!(of(&[]), None);
    let small = settings(|deflate| deflate.incoming.window_bits = window(10));
    let limited = answer(&small, &["permessage-deflate", "permessage-deflate; client_max_window_bits"]);
    assert_eq!(limited.as_deref(), Some("permessage-deflate; client_max_window_bits=10"));
}

/// Parameters that neither an offer nor an answer may have.
const WRONG: [&str; 33] = [
    "x",
    "x=1",
    "server_no_context_takeover=",
    "Server_No_Context_Takeover",
    "max_window_bits=10",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits=10; server_max_window_bits=10",
    "server_max_window_bits=10; server_max_window_bits=11",
    "client_max_window_bits=10; client_max_window_bits=10",
    "server_no_context_takeover=1",
    "server_no_context_takeover=true",
    "client_no_context_takeover=0",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=0",
    "server_max_window_bits=08",
    "server_max_window_bits=010",
    "server_max_window_bits=+9",
    "server_max_window_bits=-9",
    "server_max_window_bits=9x",
    "server_max_window_bits=0x9",
    "server_max_window_bits=9.0",
    "server_max_window_bits=1",
    "server_max_window_bits=99999999999",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=08",
    "client_max_window_bits=+9",
    "client_max_window_bits=9x",
    "client_max_window_bits=99999999999",
    "client_max_window_bits=x",
];

/// Those of them that can be written as tokens.
fn wrong() -> impl Iterator<Item = &'static str> {
    WRONG.into_iter().filter(|params| !params.ends_with('='))
}

#[test]
fn an_offer_with_an_unknown_repeated_or_invalid_parameter_is_declined() {
    for params in wrong() {
        assert_eq!(answer_by_default(&format!("; {params}")), None, "{params}");
        // Nor do right ones around it help.
        let around = format!("; client_max_window_bits; {params}; server_no_context_takeover");
        assert_eq!(answer_by_default(&around), None, "{params}");
    }
}

#[test]
fn an_answer_with_an_unknown_repeated_or_invalid_parameter_fails_the_client() {
    for params in wrong() {
        let error = agree_by_default(&format!("; {params}")).expect_err(params);
        let expected = match params {
            _ if params.contains("; ") => {
                AnswerError::RepeatedParameter(params[..params.find([';', '=']).unwrap()].into())
            }
            _ if params.starts_with(['s', 'c']) => AnswerError::InvalidParameter(params.replace('"', "")),
            _ => AnswerError::UnknownParameter(params.split('=').next().unwrap().into()),
        };
        assert_eq!(error, expected, "{params}");
        assert!(error.to_string().contains("§7.1"), "{error}");
    }
}

#[test]
fn window_bits_have_a_value_in_an_answer() {
    let name = "client_max_window_bits";
    assert_eq!(agree_by_default(&format!("; {name}")), Err(AnswerError::InvalidParameter(name.into())));
    assert!(answer_by_default(&format!("; {name}")).is_some(), "but need none in an offer");
}

#[test]
fn an_answer_without_the_extension_is_no_agreement_and_no_error() {
    assert_eq!(Deflate::default().agree(&[]), Ok(None));
    assert_eq!(Deflate::default().agree(&extensions(&["x-other; server_max_window_bits=7"])), Ok(None));
}

#[test]
fn an_answer_that_fits_no_offer_fails_the_client() {
    let asks = settings(|deflate| deflate.incoming = context(10, false));
    let both = "server_no_context_takeover; server_max_window_bits=10";
    for good in [both, "server_max_window_bits=8; server_no_context_takeover; client_no_context_takeover"] {
        assert!(agree(&asks, &format!("permessage-deflate; {good}")).is_ok(), "{good}");
    }
    for (bad, missing) in [
        ("server_max_window_bits=10", "server_no_context_takeover"),
        ("client_no_context_takeover; server_max_window_bits=8", "server_no_context_takeover"),
        ("server_no_context_takeover", "server_max_window_bits"),
        ("server_no_context_takeover; server_max_window_bits=11", "server_max_window_bits"),
        ("server_no_context_takeover; server_max_window_bits=15", "server_max_window_bits"),
        ("server_no_context_takeover; client_max_window_bits=8", "server_max_window_bits"),
    ] {
        let error = agree(&asks, &format!("permessage-deflate; {bad}")).unwrap_err();
        assert_eq!(error, AnswerError::NotKept(missing), "{bad}");
    }
    assert!(agree(&asks, "permessage-deflate").is_err());
    // With a second offer that asks for nothing, any of them fits that.
    let mut wishes = asks;
    wishes.require_incoming = false;
    let agreement = agree(&wishes, "permessage-deflate; server_max_window_bits=11").unwrap();
    assert_eq!(agreement.incoming(), context(11, true));
}

#[test]
fn a_server_may_say_more_than_it_was_asked() {
    // §7.1.1.1, §7.1.2.1: it may limit itself; §7.1.1.2: it may forbid us to take over.
    let agreement = agree_by_default(
        "; server_no_context_takeover; server_max_window_bits=9; client_no_context_takeover; client_max_window_bits=11",
    )
    .unwrap();
    assert_eq!((agreement.outgoing(), agreement.incoming()), (context(11, false), context(9, false)));
    let agreement = agree_by_default("").unwrap();
    assert_eq!((agreement.outgoing(), agreement.incoming()), (context(15, true), context(15, true)));
}

#[test]
fn what_a_client_offers_of_itself_it_keeps_to_whatever_the_answer() {
    let modest = settings(|deflate| deflate.outgoing = context(10, false));
    for (answer, bits) in [("", 10), ("; client_max_window_bits=15", 10), ("; client_max_window_bits=9", 9)] {
        let agreement = agree(&modest, &format!("permessage-deflate{answer}")).unwrap();
        assert_eq!(agreement.outgoing(), context(bits, false), "{answer}");
    }
}

#[test]
fn settings_that_share_compressors_say_so() {
    let pool = Pool::new(3);
    let settings = Deflate::shared(pool.clone());
    assert_eq!(settings.memory, Memory::Shared(pool));
    assert!(!settings.outgoing.takeover && !settings.incoming.takeover);
}

#[test]
fn a_window_is_the_largest_unless_said_otherwise() {
    assert_eq!(rfc6455::deflate::WindowBits::default().get(), 15);
}

#[test]
fn who_shares_compressors_takes_no_context_over_whatever_else_is_set() {
    let mut shared = Deflate::default();
    shared.memory = Memory::Shared(Pool::new(1));
    assert!(shared.outgoing.takeover);
    assert_eq!(offers(&shared), ["permessage-deflate; client_no_context_takeover; client_max_window_bits"]);
    let (at_client, at_server) = agreed(&shared, &shared);
    for agreement in [&at_client, &at_server] {
        assert_eq!((agreement.outgoing(), agreement.incoming()), (context(15, false), context(15, false)));
        assert_eq!(agreement.compressor().context(), context(15, false));
        assert_eq!(agreement.decompressor().context(), context(15, false));
    }
    let (at_client, at_server) = agreed(&Deflate::default(), &shared);
    assert_eq!((at_client.outgoing(), at_client.incoming()), (context(15, true), context(15, false)));
    assert_eq!((at_server.outgoing(), at_server.incoming()), (context(15, false), context(15, true)));
}

// The rules once more, as §5 and §7.1 state them, and nothing of how the library applies them.

/// The parameters of an offer or an answer.
type Said = Vec<(String, Option<String>)>;

fn said(extension: &Extension) -> Said {
    let params = extension.params().iter();
    params.map(|param| (param.name().to_owned(), param.value().map(str::to_owned))).collect()
}

fn has(said: &Said, name: &str) -> bool {
    said.iter().any(|(other, _)| other == name)
}

fn bits_of(said: &Said, name: &str) -> Option<u8> {
    said.iter().find(|(other, _)| other == name)?.1.as_ref()?.parse().ok()
}

const NO_TAKEOVER: [&str; 2] = ["server_no_context_takeover", "client_no_context_takeover"];
const BITS: [&str; 2] = ["server_max_window_bits", "client_max_window_bits"];

/// §7.1: known names, each once, and the values that each may have.
fn is_valid(said: &Said, in_answer: bool) -> bool {
    let values = ["8", "9", "10", "11", "12", "13", "14", "15"];
    said.iter().enumerate().all(|(index, (name, value))| {
        let name = name.as_str();
        let once = said[..index].iter().all(|(other, _)| other != name);
        let right = match value {
            None => NO_TAKEOVER.contains(&name) || (name == BITS[1] && !in_answer),
            Some(value) => BITS.contains(&name) && values.contains(&value.as_str()),
        };
        once && right
    })
}

/// Whether this answer accepts that offer.
fn accepts(offer: &Said, answer: &Said) -> bool {
    // §7.1.1.1.
    let takeover = has(answer, NO_TAKEOVER[0]) || !has(offer, NO_TAKEOVER[0]);
    // §7.1.2.1: the same or a smaller value.
    let server_bits = match bits_of(offer, BITS[0]) {
        Some(offered) => bits_of(answer, BITS[0]).is_some_and(|answered| answered <= offered),
        None => true,
    };
    // §7.1.2.2: only if it was offered.
    let client_bits = has(offer, BITS[1]) || !has(answer, BITS[1]);
    takeover && server_bits && client_bits
}

/// What the answer leaves to the server and to the client.
fn contexts_of(answer: &Said) -> [(u8, bool); 2] {
    [0, 1].map(|side| (bits_of(answer, BITS[side]).unwrap_or(15), !has(answer, NO_TAKEOVER[side])))
}

fn in_numbers(context: rfc6455::deflate::Context) -> (u8, bool) {
    (context.window_bits.get(), context.takeover)
}

/// Whether a server with these settings can accept this offer at all.
fn is_acceptable(settings: &Deflate, offer: &Said) -> bool {
    let must_ask = settings.require_incoming && settings.incoming.window_bits.get() < 15;
    is_valid(offer, false) && (!must_ask || has(offer, BITS[1]))
}

/// Holds what a server answers to the rules.
fn check_answer(settings: &Deflate, offers: &[Extension]) -> Result<Option<Agreement>, TestCaseError> {
    let agreement = settings.accept(offers);
    let all: Vec<Said> =
        offers.iter().filter(|offer| offer.name() == "permessage-deflate").map(said).collect();
    let first = all.iter().find(|offer| is_acceptable(settings, offer));
    let (Some(agreement), Some(offer)) = (&agreement, first) else {
        prop_assert!(agreement.is_none() && first.is_none(), "{:?}, {:?}", agreement, first);
        return Ok(None);
    };
    let answer = said(agreement.extension());
    prop_assert!(is_valid(&answer, true) && accepts(offer, &answer), "{:?} {:?}", offer, answer);
    let [server, client] = contexts_of(&answer);
    prop_assert_eq!(in_numbers(agreement.outgoing()), server);
    prop_assert_eq!(in_numbers(agreement.incoming()), client);
    // What was configured holds, and what the client said of itself.
    let Deflate { outgoing, incoming, .. } = settings;
    prop_assert!(server.0 <= outgoing.window_bits.get() && server.1 <= outgoing.takeover);
    prop_assert!(
        client.1 <= incoming.takeover && client.1 != has(offer, NO_TAKEOVER[1]) | !incoming.takeover
    );
    let asked = if has(offer, BITS[1]) { incoming.window_bits.get() } else { 15 };
    prop_assert_eq!(client.0, asked.min(bits_of(offer, BITS[1]).unwrap_or(15)));
    // Nothing is given up without a cause.
    let takeover = outgoing.takeover && !has(offer, NO_TAKEOVER[0]) && !settings_share(settings);
    let bits = outgoing.window_bits.get().min(bits_of(offer, BITS[0]).unwrap_or(15));
    prop_assert_eq!(server, (bits, takeover));
    Ok(Some(agreement.clone()))
}

fn settings_share(settings: &Deflate) -> bool {
    matches!(settings.memory, Memory::Shared(_))
}

/// Holds what a client makes of an answer to the rules.
fn check_agreement(settings: &Deflate, answer: &Extension) -> Result<Option<Agreement>, TestCaseError> {
    let said_back = said(answer);
    let fits = |offer: &Extension| accepts(&said(offer), &said_back);
    let is_right = is_valid(&said_back, true) && settings.offers().iter().any(fits);
    let agreement = settings.agree(std::slice::from_ref(answer));
    prop_assert_eq!(agreement.is_ok(), is_right, "{}: {:?}", answer, agreement);
    let Ok(Some(agreement)) = agreement else { return Ok(None) };
    let [server, client] = contexts_of(&said_back);
    prop_assert_eq!(in_numbers(agreement.incoming()), server);
    let Deflate { outgoing, .. } = settings;
    let own = (outgoing.window_bits.get(), outgoing.takeover && !settings_share(settings));
    prop_assert_eq!(in_numbers(agreement.outgoing()), (client.0.min(own.0), client.1 && own.1));
    Ok(Some(agreement))
}

fn any_context() -> impl Strategy<Value = rfc6455::deflate::Context> {
    (8_u8..=15, any::<bool>()).prop_map(|(bits, takeover)| context(bits, takeover))
}

prop_compose! {
    fn any_settings()(
        outgoing in any_context(),
        incoming in any_context(),
        require_incoming: bool,
        level in 0_u8..=9,
        threshold in prop_oneof![Just(0_usize), Just(64), Just(1000)],
        contexts in prop_oneof![
            3 => Just(Memory::Kept),
            1 => Just(Memory::KeptFor(crate::pair::SECOND)),
            1 => Just(()).prop_map(|()| Memory::Shared(Pool::new(2))),
        ],
    ) -> Deflate {
        settings(|deflate| {
            (deflate.outgoing, deflate.incoming) = (outgoing, incoming);
            (deflate.require_incoming, deflate.threshold, deflate.memory) = (require_incoming, threshold, contexts);
            deflate.level = rfc6455::deflate::Level::new(level).expect("it is 0 to 9");
        })
    }
}

/// One extension: of legal parameters in any order, or with a random one.
fn any_extension() -> impl Strategy<Value = Extension> {
    let flag = |name: &'static str| prop::option::of(Just(name.to_owned()));
    let bits =
        |name: &'static str| prop::option::of((8_u8..=15).prop_map(move |bits| format!("{name}={bits}")));
    let client_bits = prop_oneof![
        Just(None),
        Just(Some("client_max_window_bits".to_owned())),
        bits("client_max_window_bits"),
    ];
    let name = prop_oneof![9 => Just("permessage-deflate"), 1 => Just("permessage-gzip")];
    let noise = prop_oneof![
        9 => Just(None),
        1 => prop::sample::select(wrong().collect::<Vec<_>>()).prop_map(|params| Some(params.to_owned())),
        1 => "[a-z_]{1,6}(=[0-9a-z+-]{1,4})?".prop_map(Some),
    ];
    (name, flag(NO_TAKEOVER[0]), flag(NO_TAKEOVER[1]), bits(BITS[0]), client_bits, noise).prop_flat_map(
        |(name, a, b, c, d, e)| {
            let params: Vec<String> = [a, b, c, d, e].into_iter().flatten().collect();
            Just(params)
                .prop_shuffle()
                .prop_map(move |params| extension(&[&[name.to_owned()], &params[..]].concat().join("; ")))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_offers_are_answered_by_the_rules(
        settings in any_settings(),
        offers in prop::collection::vec(any_extension(), 0..4),
    ) {
        check_answer(&settings, &offers)?;
    }

    #[test]
    fn any_answer_is_taken_by_the_rules(settings in any_settings(), answer in any_extension()) {
        if answer.name() == "permessage-deflate" {
            check_agreement(&settings, &answer)?;
        } else {
            prop_assert_eq!(settings.agree(&[answer]), Ok(None));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_agreed_on_messages_pass_both_ways(
        client in any_settings(),
        server in any_settings(),
        offers in prop::collection::vec(any_extension(), 0..3),
        acts in prop::collection::vec(exchange::act(), 1..20),
        cut in prop_oneof![Just(1_usize), 2_usize..100, Just(1 << 20)],
    ) {
        // A client of ours, and behind it one whose offers are any.
        let ours = client.offers();
        for (offers, client) in [(ours, &client), (offers, &any_client(&client))] {
            let Some(at_server) = check_answer(&server, &offers)? else { continue };
            // Who made other offers than ours may get an answer that does not fit ours.
            let Some(at_client) = check_agreement(client, at_server.extension())? else { continue };
            let own = in_numbers(at_client.outgoing());
            let granted = in_numbers(at_server.incoming());
            prop_assert!(own.0 <= granted.0 && own.1 <= granted.1, "{:?} {:?}", own, granted);
            prop_assert_eq!(at_client.incoming(), at_server.outgoing());
            exchange::run(&at_client, &at_server, &acts, cut)?;
        }
    }
}

/// A client that takes any right answer.
fn any_client(like: &Deflate) -> Deflate {
    let mut client = like.clone();
    client.incoming = rfc6455::deflate::Context::default();
    client
}

/// Messages of all kinds in both directions, over two sessions.
mod exchange {
    use super::*;
    use crate::pair::{End, Pair, Told};
    use rfc6455::deflate::Compress;
    use rfc6455::session::{Config, Message, PreparedMessage};

    #[derive(Clone, Debug)]
    pub(super) struct Act {
        by_client: bool,
        what: What,
        message: Message,
        compress: Option<Compress>,
    }

    #[derive(Clone, Debug)]
    enum What {
        Whole,
        /// In fragments that end here; Pings between them.
        Fragments(Vec<prop::sample::Index>),
        Prepared,
        /// Prepared with settings that need not fit.
        PreparedFor(Deflate),
        /// The bytes so far reach the other end.
        Carry,
        /// So much time passes.
        Wait(u32),
    }

    pub(super) fn act() -> impl Strategy<Value = Act> {
        let what = prop_oneof![
            4 => Just(What::Whole),
            2 => prop::collection::vec(any::<prop::sample::Index>(), 0..5).prop_map(What::Fragments),
            1 => Just(What::Prepared),
            1 => any_settings().prop_map(What::PreparedFor),
            1 => Just(What::Carry),
            1 => (0_u32..3).prop_map(What::Wait),
        ];
        let len = prop_oneof![3 => 0_usize..200, 1 => 200_usize..5000, 1 => 30_000_usize..40_000];
        let message =
            (len, 0_u64..5, any::<bool>(), any::<bool>()).prop_map(|(len, seed, is_text, is_noise)| {
                match (is_text, is_noise) {
                    (true, _) => Message::from(json(len, seed)),
                    (false, false) => Message::from(json(len, seed).into_bytes()),
                    (false, true) => Message::from(Noise::new(seed).bytes(len)),
                }
            });
        let compress = prop_oneof![Just(None), Just(Some(Compress::Always)), Just(Some(Compress::Never))];
        (any::<bool>(), what, message, compress).prop_map(|(by_client, what, message, compress)| Act {
            by_client,
            what,
            message,
            compress,
        })
    }

    pub(super) fn run(
        at_client: &Agreement,
        at_server: &Agreement,
        acts: &[Act],
        cut: usize,
    ) -> Result<(), TestCaseError> {
        let mut pair = Pair::new(Config::default(), Config::default());
        pair.client = with_deflate(pair.client, at_client);
        pair.server = with_deflate(pair.server, at_server);
        let mut expected = [Vec::new(), Vec::new()];
        let mut told = [Vec::new(), Vec::new()];
        for Act { by_client, what, message, compress } in acts {
            let end = if *by_client { &mut pair.client } else { &mut pair.server };
            let agreement = if *by_client { at_client } else { at_server };
            let expected = &mut expected[usize::from(*by_client)];
            match what {
                What::Carry => {
                    carry(&mut pair, &mut told, cut)?;
                    continue;
                }
                What::Wait(seconds) => {
                    carry(&mut pair, &mut told, cut)?;
                    pair.now += *seconds * crate::pair::SECOND;
                    for end in [&mut pair.client, &mut pair.server] {
                        prop_assert_eq!(end.tick(pair.now), None);
                        prop_assert!(end.session.deadline().is_none_or(|deadline| deadline > pair.now));
                    }
                    continue;
                }
                What::Whole => whole(end, message, *compress),
                What::Fragments(cuts) => fragments(end, message, *compress, cuts, expected),
                What::Prepared => prepared(end, message, agreement.settings()),
                What::PreparedFor(settings) => prepared(end, message, settings),
            }
            expected.push(match message {
                Message::Text(text) => Told::Text(text.clone()),
                Message::Binary(bytes) => Told::Binary(bytes.clone()),
            });
        }
        carry(&mut pair, &mut told, cut)?;
        carry(&mut pair, &mut told, cut)?;
        for (told, expected) in told.iter_mut().zip(&expected) {
            told.retain(|told| !matches!(told, Told::Pong(_)));
            prop_assert!(told == expected, "{} of {}", told.len(), expected.len());
        }
        Ok(())
    }

    fn whole(end: &mut End, message: &Message, compress: Option<Compress>) {
        let End { session, out, .. } = end;
        match compress {
            Some(compress) => session.send_with(message, compress, out),
            None => session.send(message, out),
        }
        .expect("it may be sent");
    }

    fn fragments(
        end: &mut End,
        message: &Message,
        compress: Option<Compress>,
        cuts: &[prop::sample::Index],
        expected: &mut Vec<Told>,
    ) {
        let End { session, out, .. } = end;
        let bytes = message.as_bytes();
        let is_text = message.as_text().is_some();
        let may_cut = |at: &usize| message.as_text().is_none_or(|text| text.is_char_boundary(*at));
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| cut.index(bytes.len() + 1)).filter(may_cut).collect();
        cuts.sort_unstable();
        let mut from = 0;
        let mut fragment = |to: usize| {
            let bytes = &bytes[from..to];
            from = to;
            if is_text {
                Message::from(str::from_utf8(bytes).expect("whole characters"))
            } else {
                Message::from(bytes)
            }
        };
        let first = fragment(cuts.first().copied().unwrap_or(0));
        match compress {
            Some(compress) => session.start_with(&first, compress, out),
            None => session.start(&first, out),
        }
        .expect("it may be started");
        for &cut in cuts.iter().skip(1) {
            session.ping(&[cut as u8], out).expect("it may be sent");
            expected.push(Told::Ping(vec![cut as u8]));
            session.append(&fragment(cut), out).expect("it goes on");
        }
        session.finish(&fragment(bytes.len()), out).expect("it ends");
    }

    fn prepared(end: &mut End, message: &Message, settings: &Deflate) {
        let prepared = PreparedMessage::compressed(message, settings);
        end.session.send_prepared(&prepared, &mut end.out).expect("it may be sent");
    }

    /// Carries what was sent so far in pieces of `cut` bytes.
    fn carry(pair: &mut Pair, told: &mut [Vec<Told>; 2], cut: usize) -> Result<(), TestCaseError> {
        for from_client in [true, false] {
            let Pair { client, server, now } = pair;
            let (from, to) = if from_client { (client, server) } else { (server, client) };
            for piece in from.take_out().chunks(cut) {
                told[usize::from(from_client)].extend(to.take_in(piece, *now));
            }
        }
        Ok(())
    }
}
