// What both roles of ws share: its names for the parameters of RFC 7692 and for the threshold, and messages cut into fragments.
'use strict';

const NAMES = {
  server_no_context_takeover: 'serverNoContextTakeover',
  client_no_context_takeover: 'clientNoContextTakeover',
  server_max_window_bits: 'serverMaxWindowBits',
  client_max_window_bits: 'clientMaxWindowBits',
  threshold: 'threshold',
};

// Settings that compress each message, however short, unless they are told otherwise.
exports.deflate = (options) => ({
  threshold: 0,
  ...Object.fromEntries(Object.entries(options).map(([name, value]) => [NAMES[name], value])),
});

exports.fragments = (data, count) => {
  const size = Math.ceil(data.length / count);
  return Array.from({ length: count }, (_, at) => data.subarray(at * size, (at + 1) * size));
};
