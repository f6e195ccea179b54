import FoundationEssentials
import WABinary

/// GraphQL by numbers of queries. Section 8.5 of the protocol reference.
///
/// ```
/// <iq xmlns="w:mex" type="get"><query query_id>JSON</query></iq>   → <result>JSON</result>
/// ```
///
/// The numbers change with the web client, and each client library has those of its own day.
extension SimulatedServer {
    private enum Query {
        case channel(ChannelQuery)
        case group(GroupQuery)
        case setAbout
        case reachoutTimelock
        case messageCapping
    }

    private static let queries: [String: Query] = [
        "6563316087068696": .channel(.metadata), "9779843322044422": .channel(.metadata),
        "25383075034668475": .channel(.metadata), "7272540469429201": .channel(.metadata),
        "27456920720571478": .channel(.metadata), "26944199458535748": .channel(.metadata),
        "6388546374527196": .channel(.subscribed), "8621797084555037": .channel(.subscribed),
        "33101596156151910": .channel(.subscribed), "25399611239711790": .channel(.subscribed),
        "9800646650009898": .channel(.subscribers), "25403502652570342": .channel(.subscribers),
        "9783111038412085": .channel(.subscribers), "27472091235714801": .channel(.followers),
        "6234210096708695": .channel(.create), "27527996220149684": .channel(.create),
        "8823471724422422": .channel(.create), "25149874324715067": .channel(.create),
        "7150902998257522": .channel(.update), "7839742399440946": .channel(.update),
        "24250201037901610": .channel(.update),
        "9926858900719341": .channel(.follow), "24404358912487870": .channel(.follow),
        "6392786840836363": .channel(.unfollow), "8782612271820087": .channel(.unfollow),
        "9767147403369991": .channel(.unfollow),
        "6274038279359549": .channel(.mute), "5971669009605755": .channel(.mute),
        "29766401636284406": .channel(.mute),
        "6068417879924485": .channel(.unmute), "6104029483058502": .channel(.unmute),
        "9864994326891137": .channel(.unmute),
        "7263823273662354": .channel(.recommended), "27256776790637714": .channel(.recommended),
        "25806748772361516": .channel(.recommended),
        "6190824427689257": .channel(.directory), "26125047313831973": .channel(.directory),
        "7130823597031706": .channel(.adminCount), "26278439461859188": .channel(.adminCount),
        "7341777602580933": .channel(.changeOwner), "9546742745432473": .channel(.changeOwner),
        "6551828931592903": .channel(.demote), "9880997548630971": .channel(.demoteAdmin),
        "30062808666639665": .channel(.delete),
        "9935467776504344": .group(.subgroups), "24079399904996141": .group(.participantCounts),
        "9418211574894172": .group(.updateProperty),
        "9152604461510864": .setAbout,
        "23983697327930364": .reachoutTimelock,
        "24503548349331633": .messageCapping, "27910975521856601": .messageCapping,
    ]

    func answerMex(_ node: Node, from device: Device, on connection: Connection) {
        guard let child = node.child("query"), let query = Self.queries[child["query_id"] ?? ""] else {
            return replyUnknown(to: node, on: connection)
        }
        let question = child.bytes.flatMap { try? JSONDecoder().decode(MexQuestion.self, from: Data($0)) }
        guard let variables = question?.variables else {
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        let account = account(of: device)
        let answer: MexAnswer
        switch query {
        case .channel(let query): answer = self.answer(query, variables, by: account)
        case .group(let query): answer = self.answer(query, variables, by: account)
        case .setAbout:
            setAbout(variables.input?.text ?? "", of: account, except: device)
            answer = .data("xwa2_update_text_status", ["result": "SUCCESS"])
        case .reachoutTimelock:
            answer = .data("xwa2_fetch_account_reachout_timelock", reachoutTimelock(of: account))
        case .messageCapping:
            answer = .data(
                "xwa2_message_capping_info",
                [
                    "capping_status": "NONE", "ote_status": "NOT_ELIGIBLE", "mv_status": "NOT_ELIGIBLE",
                    "server_sent_timestamp": String(nowSeconds),
                ])
        }
        reply(to: node, [Node("result", [:], bytes: answer.json)], on: connection)
    }

    /// `<notification type="mex"><update op_name>JSON</update></notification>` to an account's clients.
    func tellByMex(_ operation: String, _ news: MexAnswer, to account: Account) {
        for device in account.sortedDevices where device.endpoint == nil {
            let update = Node("update", ["op_name": .text(operation)], bytes: news.json)
            deliver(notification("mex", from: .server, [update]), to: device)
        }
    }

    // MARK: - Restrictions

    /// Whether the account may not write to strangers at present; that is why messages are refused with 463.
    private struct ReachoutTimelock: Encodable {
        let isActive: Bool
        /// `DEFAULT` when there is no restriction.
        let enforcementType: String
        /// Seconds; 0 when there is none.
        let endsAt: String

        private enum CodingKeys: String, CodingKey {
            case isActive = "is_active"
            case enforcementType = "enforcement_type"
            case endsAt = "time_enforcement_ends"
        }
    }

    private static let restrictionSeconds: Int64 = 86_400

    private func reachoutTimelock(of account: Account) -> ReachoutTimelock {
        account.refusalCode == 463
            ? ReachoutTimelock(
                isActive: true, enforcementType: "WEB_COMPANION_ONLY",
                endsAt: String(nowSeconds + Self.restrictionSeconds))
            : ReachoutTimelock(isActive: false, enforcementType: "DEFAULT", endsAt: "0")
    }

    func tellReachoutTimelock(of account: Account) {
        tellByMex(
            "NotificationUserReachoutTimelockUpdate",
            .data("xwa2_notify_account_reachout_timelock", reachoutTimelock(of: account)), to: account)
    }
}
