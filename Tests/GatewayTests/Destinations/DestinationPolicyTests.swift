import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("Where a caller's URL may lead")
struct DestinationPolicyTests {
    private static let resolver = DestinationResolver { name in
        if name == "slow.test" { try await Task.sleep(for: .seconds(3600)) }
        guard let texts = HostileURLs.names[name] else { throw DestinationError.unreachable }
        return texts.compactMap { NetworkAddress($0) }
    }

    private func policy(allowing hosts: [String] = [], _ resolver: DestinationResolver = resolver) -> DestinationPolicy {
        DestinationPolicy(
            allowedHosts: hosts, resolver: resolver, lookupTimeout: .milliseconds(50), clock: ContinuousClock())
    }

    @Test("Every hostile form is refused, with the one text", arguments: HostileURLs.all(port: 8080))
    func refusesHostile(text: String) async {
        await #expect(throws: DestinationError.notAllowed) {
            _ = try await policy().vet(try WebURL(parsing: text))
        }
    }

    @Test("The table has more than sixty forms, each once")
    func tableIsLarge() {
        let all = HostileURLs.all(port: 1)
        #expect(all.count > 60)
        #expect(Set(all).count == all.count)
    }

    @Test(
        "A public URL is rebuilt from the parts that were looked at",
        arguments: [
            ("http://public.test", "http://public.test/"), ("HTTPS://PUBLIC.Test.:443/A?b=C#d", "https://public.test/A?b=C"),
            ("http://public.test:8080/x y".replacing(" ", with: "%20"), "http://public.test:8080/x%20y"),
            ("http://public.test?q=1", "http://public.test/?q=1"), ("http://93.184.215.14:80/", "http://93.184.215.14/"),
            ("http://0x5db8d70e/", "http://93.184.215.14/"), ("http://[2606:2800:21f:cb07::1]/", "http://[2606:2800:21f:cb07::1]/"),
            ("http://[::ffff:93.184.215.14]/", "http://[::ffff:93.184.215.14]/"),
            ("http://public.test/ä", "http://public.test/%C3%A4"), ("https://public.test/a[1].jpg", "https://public.test/a%5B1%5D.jpg"),
        ])
    func rebuilds(text: String, rebuilt: String) async throws {
        let vetted = try await policy().vet(try WebURL(parsing: text))
        #expect(vetted.url.text == rebuilt)
        #expect(vetted.addresses.allSatisfy { !$0.isBlocked })
    }

    @Test(
        "International names become punycode (RFC 3492 and RFC 5891 examples)",
        arguments: [
            ("http://münchen.test/", "xn--mnchen-3ya.test"), ("http://BÜCHER.test/", "xn--bcher-kva.test"),
            ("http://例え.test/", "xn--r8jz45g.test"), ("http://пример.test/", "xn--e1afmkfd.test"),
            ("http://xn--bcher-kva.test/", "xn--bcher-kva.test"),
        ])
    func punycode(text: String, host: String) throws {
        #expect(try WebURL(parsing: text).hostText == host)
    }

    @Test("Allowed hosts are exempt by name and by address, in any spelling, and still pinned")
    func allowedHosts() async throws {
        let policy = policy(allowing: ["Internal.TEST", "[::1]", "127.0.0.1"])
        #expect(try await policy.vet(try WebURL(parsing: "http://INTERNAL.test./")).addresses == [.v4(0x0A01_0203)])
        #expect(try await policy.vet(try WebURL(parsing: "http://127.1/")).addresses == [.v4(0x7F00_0001)])
        #expect(try await policy.vet(try WebURL(parsing: "http://[0::1]/")).addresses == [.v6(1)])
        await #expect(throws: DestinationError.notAllowed) { try await policy.vet(try WebURL(parsing: "http://localhost/")) }
    }

    @Test("A name's addresses are asked for once a hop, and the answer is what is connected to")
    func asksOnce() async throws {
        let asked = Mutex(0)
        let resolver = DestinationResolver { _ in
            asked.withLock { $0 += 1 }
            return [.v4(0x5DB8_D70E)]
        }
        let vetted = try await policy(resolver).vet(try WebURL(parsing: "http://changing.test/"))
        #expect(vetted.addresses == [.v4(0x5DB8_D70E)])
        #expect(asked.withLock { $0 } == 1)
    }

    private func policy(_ resolver: DestinationResolver) -> DestinationPolicy { policy(allowing: [], resolver) }

    @Test(
        "A redirect is read from where it stands",
        arguments: [
            ("/b", "http://public.test:81/b"), ("c?d", "http://public.test:81/x/c?d"), ("?q", "http://public.test:81/x/y?q"),
            ("//other.test/z", "http://other.test/z"), ("https://other.test", "https://other.test/"),
        ])
    func redirects(location: String, target: String) throws {
        #expect(try WebURL(parsing: "http://public.test:81/x/y?a=b").following(location).text == target)
    }

    @Test("The last part of a path can name a file")
    func names() throws {
        #expect(try WebURL(parsing: "https://a.test/x/re%20port.pdf?x=/y").lastPathComponent == "re port.pdf")
        #expect(try WebURL(parsing: "https://a.test/x/").lastPathComponent == nil)
        #expect(try WebURL(parsing: "https://a.test/%00").lastPathComponent == nil)
    }
}
