# What the journal of one run says against an invariant. The input is the array of its lines; each function gives the
# lines that break the rule, so nothing means that it was kept. Times are in seconds.

def events($kind): map(select(.event == $kind));
def between($from; $to): map(select(.at >= $from * 1e9 and .at < $to * 1e9));
def by(field): reduce .[] as $line ({}; .[$line | field | tostring] = $line); # INDEX is slow
def ends: events("attempt_end") | by(.attempt);
def of_requests: map(select(.request != null and .purpose != "probe"));

# Two attempts of that purpose under way at once, of one client on one node.
def overlapping($purpose):
    ends as $ends
    | events("attempt") | map(select(.purpose == $purpose)) | group_by([.client, .node])[]
    | range(1; length) as $i
    | select($ends[.[$i - 1].attempt | tostring].at > .[$i].at) | .[$i];

# Probes of a node that begin less than that after the one before, or more.
def hurried_probes($least):
    events("attempt") | map(select(.purpose == "probe")) | group_by([.client, .node])[]
    | range(1; length) as $i | select(.[$i].at - .[$i - 1].at < $least * 1e9) | .[$i];
def missing_probes($most):
    events("attempt") | map(select(.purpose == "probe")) | group_by([.client, .node])[]
    | range(1; length) as $i | select(.[$i].at - .[$i - 1].at > $most * 1e9) | .[$i];

# What the caller was told is not what the attempt behind it came to.
def invented_endings:
    ends as $ends
    | events("request_end")[]
    | select(.outcome | IN("unsent", "unfinished", "cancelled") | not)
    | $ends[.attempt | tostring] as $over
    | select(.outcome != $over.outcome or .status != $over.status);

# Attempts of a request that had its end.
def attempts_after_the_end:
    (events("request_end") | by(.request)) as $ends
    | events("attempt") | of_requests[] | select(.at > $ends[.request | tostring].at);

# Ordinary requests that went to a node in that time.
def attempts_on($node; $from; $to):
    events("attempt") | of_requests | between($from; $to)[] | select(.node == $node);
def attempts_elsewhere($node; $from; $to):
    events("attempt") | of_requests | between($from; $to)[] | select(.node != $node);

# Requests that a node asked, by 503 and Retry-After, not to get for so long.
def disturbed_peace($seconds):
    (events("attempt_end") | map(select(.status == 503)) | first) as $asked
    | attempts_on($asked.node; $asked.at / 1e9; $asked.at / 1e9 + $seconds);

# A node's body of a request is not that of another node.
def changed_bodies:
    events("executed") | map(select(.request != null)) | group_by(.request)[]
    | select(map(.body_hash) | unique | length > 1) | .[1];

def beliefs($belief): events("belief")[] | select(.belief == $belief);
def beliefs_about_others($node): events("belief")[] | select(.node != $node);
# Nodes that the client does not believe failed at that time.
def trusted($nodes; $at):
    between(-1e6; $at) | events("belief") as $before
    | $nodes[] as $node
    | select(($before | map(select(.node == $node)) | last.belief) != "failed") | $node;

# Seconds from the end of the (only) fault until the node is believed healthy.
def return_s($node):
    (events("fault_cleared") | first.at) as $cleared
    | events("belief") | map(select(.node == $node and .belief == "healthy" and .at >= $cleared))
    | (first.at - $cleared) / 1e9;

# Share of a node among the requests that were served in that time.
def share($node; $from; $to):
    events("request_end") | between($from; $to)
    | map(select(.outcome == "answer" and .status < 400))
    | (map(select(.node == $node)) | length) / length;

# A stream that is opened while it is open, or that does not go on behind the last event that it saw.
def open_twice:
    events("stream_open") as $opens | (events("stream_end") | by(.opening)) as $ends
    | $opens | group_by(.stream)[]
    | range(1; length) as $i
    | select($ends[.[$i - 1].opening | tostring].seq as $over | $over == null or $over > .[$i].seq) | .[$i];
def not_resumed:
    map(select(.event | IN("stream_open", "stream_event"))) | group_by(.stream)[]
    | foreach .[] as $line ({last: null};
        if $line.event == "stream_event" then {last: $line.number}
        else {last, wrong: (.last != null and .last != $line.last_event)} end;
        select(.wrong) | $line);
def opened_after_final($status):
    (events("stream_end") | map(select(.status == $status)) | first) as $over
    | events("stream_open")[] | select(.stream == $over.stream and .seq > $over.seq);

# Nodes whose alerts are not raised and cleared in turn, or whose last one is not cleared.
def odd_alerts:
    events("alert") | group_by(.node)[]
    | select(map(.raised) != [range(length) | . % 2 == 0] or last.raised) | last;

# Nodes that saw another number of requests than clients sent them.
def unequal_sums:
    ends as $ends
    | (events("attempt") | of_requests | map(select($ends[.attempt | tostring].sent))) as $sent
    | (events("executed") | map(select(.request != null))) as $seen
    | ($sent + $seen | map(.node) | unique)[] as $node
    | [$sent, $seen | map(select(.node == $node)) | length]
    | select(.[0] != .[1]) | {node: $node, sent: .[0], seen: .[1]};
