//! Any values for the headers that hold lists: each line of an input is one value. Requests and answers that are right but
//! for such a header are accepted when the grammar, read here once more, has it, and what is in the list is the same.

use std::borrow::Borrow;

use rfc6455::handshake::{
    Answer, ClientRequest, Extension, Param, Request, RequestError, Response, ResponseError, Upgrade, Uri,
};

/// A list of extensions: names, and parameters with or without a value.
type Extensions = Vec<(String, Params)>;
type Params = Vec<(String, Option<String>)>;

const REQUEST: [(&str, &str); 5] = [
    ("Host", "example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
];
const ANSWER: [(&str, &str); 3] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
];
/// What the client offers, of subprotocols and of extensions.
const OFFERED: [&str; 3] = ["a", "bb", "permessage-deflate"];

pub fn run(data: &[u8]) {
    // A byte is a character, so that text can be taken apart.
    let text: String = data.iter().map(|byte| char::from(*byte)).collect();
    let lines: Vec<&str> = text.split('\n').collect();
    // RFC 9110 §5.5: no header has these.
    if data.iter().any(|byte| matches!(byte, 0..=8 | 11..=31 | 127)) {
        assert!(matches!(request("Cookie", &lines), Err(RequestError::Head(_))));
        return;
    }
    in_request(&lines);
    in_answer(&lines);
}

fn in_request(lines: &[&str]) {
    match (request("Sec-WebSocket-Protocol", lines), tokens(lines)) {
        (Ok(upgrade), Some(tokens)) => assert!(upgrade.subprotocols().eq(tokens)),
        (Err(RequestError::Subprotocols), None) => {}
        other => panic!("{other:?}"),
    }
    match (request("Sec-WebSocket-Extensions", lines), extensions(lines)) {
        (Ok(upgrade), Some(extensions)) => {
            assert_eq!(read(upgrade.extensions()), extensions);
            // What is written is read again.
            let written: Vec<String> = upgrade.extensions().iter().map(ToString::to_string).collect();
            assert_eq!(self::extensions(&[written.join(", ")]), Some(extensions));
        }
        (Err(RequestError::Extensions), None) => {}
        other => panic!("{other:?}"),
    }
    match request("Upgrade", lines) {
        Ok(_) => assert!(has_word(lines, "websocket")),
        Err(fault) => assert!(fault == RequestError::Upgrade && !has_word(lines, "websocket")),
    }
    match request("Connection", lines) {
        Ok(_) => assert!(has_word(lines, "upgrade")),
        Err(fault) => assert!(fault == RequestError::Connection && !has_word(lines, "upgrade")),
    }
    let version = if let [line] = lines { version(trim(line)) } else { None };
    match (request("Sec-WebSocket-Version", lines), version) {
        (Ok(_), Some(13)) | (Err(RequestError::VersionInvalid), None) => {}
        (Err(RequestError::VersionUnsupported(told)), Some(version)) => {
            assert!(told == version && told != 13)
        }
        other => panic!("{other:?}"),
    }
}

fn in_answer(lines: &[&str]) {
    // §11.3.4: once, and one token. §4.1 (6): of those that were offered.
    let protocol = match (lines, tokens(lines).as_deref()) {
        ([_, _, ..], _) => Err(ResponseError::SubprotocolRepeated),
        (_, Some([name])) if OFFERED.contains(&&**name) => Ok(name.clone()),
        (_, Some([name])) => Err(ResponseError::SubprotocolNotOffered(name.clone())),
        _ => Err(ResponseError::SubprotocolInvalid),
    };
    let answer = answered(101, "Sec-WebSocket-Protocol", lines).map(open);
    assert_eq!(answer.map(|response| response.subprotocol().map(String::from)), protocol.map(Some));

    let answer = answered(101, "Sec-WebSocket-Extensions", lines).map(open);
    assert_eq!(answer.map(|response| read(response.extensions())), chosen(lines));

    // §4.1 (2): nothing but this word; (3): this word among others.
    let is_websocket = lines.iter().all(|line| trim(line).eq_ignore_ascii_case("websocket"));
    assert_eq!(answered(101, "Upgrade", lines).err(), (!is_websocket).then_some(ResponseError::Upgrade));
    let is_upgrade = has_word(lines, "upgrade");
    assert_eq!(answered(101, "Connection", lines).err(), (!is_upgrade).then_some(ResponseError::Connection));

    // §4.3: 1#version.
    let versions: Option<Vec<u8>> =
        tokens(lines).and_then(|tokens| tokens.iter().map(|token| version(token)).collect());
    match answered(426, "Sec-WebSocket-Version", lines) {
        Ok(Answer::Refused(response)) => {
            assert_eq!(response.server_versions(), versions.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}

/// The extensions that the client takes for chosen: §11.3.2, §9.1, §4.1 (5).
fn chosen(lines: &[&str]) -> Result<Extensions, ResponseError> {
    if lines.len() > 1 {
        return Err(ResponseError::ExtensionsRepeated);
    }
    let extensions = extensions(lines).ok_or(ResponseError::ExtensionsInvalid)?;
    for (at, (name, _)) in extensions.iter().enumerate() {
        if !OFFERED.contains(&&**name) {
            return Err(ResponseError::ExtensionNotOffered(name.clone()));
        }
        if extensions[..at].iter().any(|(before, _)| before == name) {
            return Err(ResponseError::ExtensionRepeated(name.clone()));
        }
    }
    Ok(extensions)
}

/// The fields of `good`, with these lines for the header `name`.
fn fields<'l>(good: &[(&'l str, &'l str)], name: &'l str, lines: &[&'l str]) -> Vec<(&'l str, Vec<u8>)> {
    let good = good
        .iter()
        .filter(|(known, _)| *known != name)
        .map(|(name, value)| (*name, value.as_bytes().to_vec()));
    let bytes = |line: &&str| line.chars().map(|char| char as u8).collect();
    good.chain(lines.iter().map(|line| (name, bytes(line)))).collect()
}

fn request(name: &str, lines: &[&str]) -> Result<Upgrade, RequestError> {
    Upgrade::from_request(&Request::from_fields("GET", "/", fields(&REQUEST, name, lines))?)
}

fn answered(status: u16, name: &str, lines: &[&str]) -> Result<Answer, ResponseError> {
    let uri = Uri::parse("ws://example.com/").expect("it is one");
    let request = OFFERED.iter().fold(ClientRequest::new(&uri), |request, name| {
        let request = request.subprotocol(name).expect("it is a token");
        request.extension(Extension::new(name).expect("it is a token"))
    });
    let handshake = request.start(*b"the sample nonce", &mut Vec::new());
    handshake.check_fields(status, fields(&ANSWER, name, lines))
}

fn open(answer: Answer) -> Response {
    match answer {
        Answer::Open(response) => response,
        Answer::Refused(response) => panic!("{response:?}"),
    }
}

fn read(extensions: &[Extension]) -> Extensions {
    let param = |param: &Param| (param.name().to_owned(), param.value().map(String::from));
    extensions.iter().map(|it| (it.name().to_owned(), it.params().iter().map(param).collect())).collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// RFC 9110 §5.6.2.
/// How many elements, with the parameters of extensions, there may be in all lines.
const MOST: usize = 100;

fn token(text: &str) -> Option<String> {
    let is_token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    (!text.is_empty() && text.chars().all(is_token)).then(|| text.to_owned())
}

/// 1#token, in each line.
fn tokens(lines: &[&str]) -> Option<Vec<String>> {
    let elements = || lines.iter().flat_map(|line| line.split(','));
    (elements().count() <= MOST).then(|| elements().map(|element| token(trim(element))).collect())?
}

/// Whether a list of HTTP's has this word (RFC 9110 §5.6.1), in lower case.
pub(super) fn has_word<S: Borrow<str>>(lines: &[S], word: &str) -> bool {
    lines.join(",").to_ascii_lowercase().split(',').any(|element| trim(element) == word)
}

/// §4.3: a number from 0 to 255, without leading zeros.
fn version(text: &str) -> Option<u8> {
    (0..=255_u8).find(|version| version.to_string() == text)
}

/// §9.1: extension-list, in each line.
pub(super) fn extensions<S: Borrow<str>>(lines: &[S]) -> Option<Extensions> {
    let elements = lines.iter().flat_map(|line| split_outside_quotes(line.borrow(), ','));
    let found: Extensions = elements.map(extension).collect::<Option<_>>()?;
    (found.iter().map(|(_, params)| 1 + params.len()).sum::<usize>() <= MOST).then_some(found)
}

fn extension(text: String) -> Option<(String, Params)> {
    let mut parts = split_outside_quotes(&text, ';').into_iter();
    let name = token(trim(&parts.next()?))?;
    let params = parts.map(|part| match part.split_once('=') {
        None => Some((token(trim(&part))?, None)),
        Some((name, value)) => Some((token(trim(name))?, Some(value_of(trim(value))?))),
    });
    Some((name, params.collect::<Option<_>>()?))
}

/// A token, or a quoted string (RFC 9110 §5.6.4) that is a token without its quotes.
fn value_of(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text);
    };
    let (mut value, mut chars) = (String::new(), quoted.chars());
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => value.push(chars.next()?),
            char => value.push(char),
        }
    }
    if chars.next().is_some() { None } else { token(&value) }
}

fn split_outside_quotes(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut is_quoted, mut is_escaped) = (vec![String::new()], false, false);
    for char in text.chars() {
        if char == at && !is_quoted {
            parts.push(String::new());
            continue;
        }
        is_quoted ^= char == '"' && !is_escaped;
        is_escaped = is_quoted && char == '\\' && !is_escaped;
        parts.last_mut().expect("there is one").push(char);
    }
    parts
}
