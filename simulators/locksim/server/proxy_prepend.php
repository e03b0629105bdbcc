<?php
// PHP's streams (file_get_contents, fopen, copy, SOAP without options) know no HTTPS_PROXY: their default context gets the proxy.
(function () {
    $proxy = getenv('HTTPS_PROXY');
    if ($proxy !== false && $proxy !== '') {
        $there = parse_url($proxy);
        stream_context_set_default(['http' => [
            'proxy' => "tcp://{$there['host']}:{$there['port']}",
            'request_fulluri' => true,
        ]]);
    }
})();
