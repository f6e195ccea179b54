/// URLs that must lead nowhere, whichever way they come in. Those with a port are tried against a listener on that port of
/// the loopback, to see that nobody connects.
package enum HostileURLs {
    /// - Parameter port: Where the listener is.
    package static func all(port: Int) -> [String] {
        loopback(port: port) + blocked + malformed
    }

    /// Forms of this machine's loopback.
    package static func loopback(port: Int) -> [String] {
        [
            "http://127.0.0.1:\(port)/", "http://127.0.0.1.:\(port)/", "HTTP://127.0.0.1:\(port)/", "https://127.0.0.1:\(port)/",
            "http://127.1:\(port)/", "http://127.0.1:\(port)/", "http://127.255.255.254:\(port)/",
            "http://2130706433:\(port)/", "http://2130706433.:\(port)/", "http://017700000001:\(port)/", "http://0x7f000001:\(port)/",
            "http://0X7F000001:\(port)/", "http://0x7f.0.0.1:\(port)/", "http://0x7f.1:\(port)/", "http://0177.0.0.1:\(port)/",
            "http://0177.0x0.0.01:\(port)/", "http://00000177.0.0.1:\(port)/", "http://0:\(port)/", "http://0.0.0.0:\(port)/",
            "http://0x0:\(port)/", "http://[::1]:\(port)/", "http://[0:0:0:0:0:0:0:1]:\(port)/", "http://[::]:\(port)/",
            "http://[::ffff:127.0.0.1]:\(port)/", "http://[::ffff:7f00:1]:\(port)/", "http://[0:0:0:0:0:ffff:7f00:0001]:\(port)/",
            "http://[::FFFF:127.0.0.1]:\(port)/", "http://[::ffff:0:127.0.0.1]:\(port)/", "http://[::127.0.0.1]:\(port)/",
            "http://[64:ff9b::127.0.0.1]:\(port)/", "http://[64:ff9b::7f00:1]:\(port)/", "http://[64:ff9b:1::7f00:1]:\(port)/",
            "http://[2002:7f00:1::]:\(port)/", "http://[2002:7f00:0001::1]:\(port)/", "http://localhost:\(port)/",
            "http://LOCALHOST:\(port)/", "http://localhost.:\(port)/", "http://LocalHost.:\(port)/a?b#c",
            "http://user@127.0.0.1:\(port)/", "http://user:pass@127.0.0.1:\(port)/", "http://public.test@127.0.0.1:\(port)/",
            "http://127.0.0.1:\(port)@public.test/", "http://public.test#@127.0.0.1:\(port)/ ", "http://127.0.0.1\\@public.test:\(port)/",
            "http://public.test\\@127.0.0.1:\(port)/", "http://１２７.０.０.１:\(port)/", "http://127。0。0。1:\(port)/",
            "http://①②⑦.0.0.1:\(port)/", "http://ｌｏｃａｌｈｏｓｔ:\(port)/", "http://127.0.0.1%00.public.test:\(port)/",
            "http://%31%32%37.0.0.1:\(port)/", "http://[::1%25lo]:\(port)/", "http://[::1%lo]:\(port)/", "//127.0.0.1:\(port)/",
        ]
    }

    /// Addresses that are nobody's public site.
    package static let blocked = [
        "http://10.0.0.1/", "http://10.255.255.255/", "http://100.64.0.1/", "http://100.127.255.254/", "http://169.254.169.254/",
        "http://169.254.169.254/latest/meta-data/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/",
        "http://192.0.0.1/", "http://192.0.2.1/", "http://192.88.99.1/", "http://198.18.0.1/", "http://198.19.255.255/",
        "http://198.51.100.7/", "http://203.0.113.5/", "http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/",
        "http://255.255.255.255/", "http://0xa9fea9fe/", "http://2852039166/", "http://0251.0376.0251.0376/",
        "http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[fe80::1]/", "http://[fec0::1]/", "http://[ff02::1]/",
        "http://[2001:db8::1]/", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "http://[2001:10::1]/", "http://[3fff::1]/",
        "http://[100::1]/", "http://[4000::1]/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/", "http://[::ffff:0:10.0.0.1]/", "http://[64:ff9b:1:1::a00:1]/",
        "http://internal.test/", "http://INTERNAL.test./", "http://mixed.test/", "http://v6internal.test/", "http://unknown.test/",
        "http://slow.test/", "http://metadata.test/",
    ]

    /// What is no http(s) URL, or would be read differently by different readers.
    package static let malformed = [
        "ftp://public.test/", "file:///etc/passwd", "gopher://127.0.0.1:25/", "data:text/plain,hi", "javascript:alert(1)",
        "ws://public.test/", "jar:http://127.0.0.1!/", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/x", "http:///",
        "http:127.0.0.1", "http:/127.0.0.1/", "http://", "http:// public.test/", "http://public.test:0/", "http://public.test:65536/",
        "http://public.test:http/", "http://public.test:-1/", "http://1.2.3.4.5/", "http://1.2.3.256/", "http://256.1/", "http://0x/",
        "http://09.1.1.1/", "http://4294967296/", "http://[::1/", "http://::1/", "http://[1.2.3.4]/", "http://[gggg::1]/",
        "http://public..test/", "http://.public.test/", "http://-public.test/", "http://public.test\t/", "http://pub\nlic.test/",
        "\u{0}http://public.test/", " http://public.test/", "http://public.test/\r\nHost: x", "http://pub\u{ad}lic.test/",
        "http://pub\u{200b}lic.test/",
    ]

    /// What the names above resolve to in tests.
    package static let names: [String: [String]] = [
        "public.test": ["93.184.215.14"], "internal.test": ["10.1.2.3"], "mixed.test": ["93.184.215.14", "127.0.0.1"],
        "v6internal.test": ["fd00::1"], "metadata.test": ["169.254.169.254"], "localhost": ["127.0.0.1", "::1"],
    ]
}
