// Which candidates are near-identical: equal answers of one route and contract, and inputs whose sketches are near. A
// decision on one may then stand for all.
//
//     group = hash(route, contract, answer)
//     a new candidate ──► the group's plain clusters (at most 32): the first that is near
//                    └──► a group with more: the clusters that share one of six bands with it
//                    └──► none near: a cluster of its own, named after itself
//
// Most answers have few questions, so most groups are small, and comparing with each of them misses nothing and needs
// one index entry a cluster; six more, at random places of an index, would be most of what a candidate writes. Where an
// answer has many questions (a label), bands find what is near. A cluster that is full is in neither.

/// Where a candidate belongs.
struct ClusterPlace {
    /// Nil: it has no input or no answer to compare.
    var cluster: CandidateID?
    /// The queue shows it.
    var leads: Bool
}

extension Tables {
    static let fullCluster = 200
    private static let mostPlain = 32

    private struct Cluster {
        var id: CandidateID
        var sketch: Sketch
        var size: Int
        var isLed: Bool
        var isPlain: Bool
        /// Of one that is new: what it is found by.
        var founder: Draft?
        var joined = 0
    }

    /// The cluster of each that has one.
    func clusters(of ids: [CandidateID]) throws -> [CandidateID: CandidateID] {
        var found: [CandidateID: CandidateID] = [:]
        for part in ids.parts(of: 500) {
            let rows = try sql.rows(
                "SELECT id, cluster FROM candidates WHERE id IN (\(places(part.count))) AND cluster IS NOT NULL",
                part.map { SQLValue($0) }
            )
            for row in rows { found[try row.id(0)] = try row.id(1) }
        }
        return found
    }

    /// The cluster of each, found or made. Changes the clusters' rows, not the candidates'.
    func clusterPlaces(for drafts: [Draft]) throws -> [CandidateID: ClusterPlace] {
        var places: [CandidateID: ClusterPlace] = [:]
        var grouped: [(draft: Draft, likeness: Likeness, group: Int64)] = []
        for draft in drafts {
            if let likeness = draft.likeness, let group = draft.group {
                grouped.append((draft, likeness, group))
            } else {
                places[draft.id] = ClusterPlace(cluster: nil, leads: draft.facet.status == .new)
            }
        }
        guard !grouped.isEmpty else { return places }
        var clusters: [CandidateID: Cluster] = [:]
        var plain = try plainClusters(Set(grouped.map(\.group)).sorted(), &clusters)
        let crowded = grouped.filter { (plain[$0.group]?.count ?? 0) >= Self.mostPlain }
        var banded = try bandedClusters(Set(crowded.flatMap(\.likeness.keys)).sorted(), &clusters)

        for (draft, likeness, group) in grouped {
            let found = plain[group, default: []] + likeness.keys.flatMap { banded[$0, default: []] }
            let near = found.first {
                clusters[$0]!.size < Self.fullCluster && clusters[$0]!.sketch.isNear(likeness.sketch)
            }
            let id = near ?? draft.id
            if near == nil {
                let isPlain = plain[group, default: []].count < Self.mostPlain
                clusters[id] = Cluster(
                    id: id,
                    sketch: likeness.sketch,
                    size: 0,
                    isLed: false,
                    isPlain: isPlain,
                    founder: draft
                )
                if isPlain {
                    plain[group, default: []].append(id)
                } else {
                    for key in likeness.keys { banded[key, default: []].append(id) }
                }
            }
            let leads = draft.facet.status == .new && !clusters[id]!.isLed
            clusters[id]!.size += 1
            clusters[id]!.joined += 1
            if leads { clusters[id]!.isLed = true }
            places[draft.id] = ClusterPlace(cluster: id, leads: leads)
        }
        try write(clusters.values.filter { $0.joined > 0 }.sorted { $0.id < $1.id })
        return places
    }

    private static let columns = "id, size, led, plain, sketch_0, sketch_1, sketch_2, sketch_3"

    /// - Parameter first: the position of `columns` in the row.
    private static func cluster(_ row: SQLRow, from first: Int) throws -> Cluster? {
        let words = try (4..<8).map { try row.integer(first + $0) }
        guard let sketch = Sketch(words: words) else { return nil }
        return Cluster(
            id: try row.id(first),
            sketch: sketch,
            size: try row.number(first + 1),
            isLed: try row.flag(first + 2),
            isPlain: try row.flag(first + 3)
        )
    }

    private func plainClusters(
        _ groups: [Int64],
        _ clusters: inout [CandidateID: Cluster]
    ) throws -> [Int64: [CandidateID]] {
        var found: [Int64: [CandidateID]] = [:]
        for part in groups.parts(of: 500) {
            let rows = try sql.rows(
                """
                SELECT grp, \(Self.columns) FROM clusters
                WHERE grp IN (\(places(part.count))) AND plain = 1 AND sketch_version = ? ORDER BY id \(sql.dialect.locked("clusters"))
                """,
                part.map { .integer($0) } + [SQLValue(Sketch.version)]
            )
            for row in rows {
                guard let cluster = try Self.cluster(row, from: 1) else { continue }
                clusters[cluster.id] = cluster
                found[try row.integer(0), default: []].append(cluster.id)
            }
        }
        return found
    }

    private func bandedClusters(
        _ keys: [Int64],
        _ clusters: inout [CandidateID: Cluster]
    ) throws -> [Int64: [CandidateID]] {
        var found: [Int64: [CandidateID]] = [:]
        let columns = Self.columns.split(separator: ", ").map { "c.\($0)" }.joined(separator: ", ")
        for part in keys.parts(of: 500) {
            let rows = try sql.rows(
                """
                SELECT b.key, \(columns) FROM bands b JOIN clusters c ON c.id = b.cluster
                WHERE b.key IN (\(places(part.count))) AND c.sketch_version = ? ORDER BY c.id \(sql.dialect.locked("c"))
                """,
                part.map { .integer($0) } + [SQLValue(Sketch.version)]
            )
            for row in rows {
                guard let cluster = try Self.cluster(row, from: 1) else { continue }
                clusters[cluster.id] = cluster
                found[try row.integer(0), default: []].append(cluster.id)
            }
        }
        return found
    }

    private func write(_ clusters: [Cluster]) throws {
        var rows: [[SQLValue]] = []
        var bands: [[SQLValue]] = []
        for cluster in clusters {
            let isFull = cluster.size >= Self.fullCluster
            let isPlain = cluster.isPlain && !isFull
            guard let founder = cluster.founder, let likeness = founder.likeness, let group = founder.group else {
                try sql.change(
                    "UPDATE clusters SET size = size + ?, led = ?, plain = ? WHERE id = ?",
                    [SQLValue(cluster.joined), SQLValue(cluster.isLed), SQLValue(isPlain), SQLValue(cluster.id)]
                )
                if isFull, !cluster.isPlain {
                    try sql.change("DELETE FROM bands WHERE cluster = ?", [SQLValue(cluster.id)])
                }
                continue
            }
            rows.append(
                [
                    SQLValue(cluster.id), .integer(group), SQLValue(cluster.size), SQLValue(cluster.isLed),
                    SQLValue(isPlain), SQLValue(Sketch.version),
                ] + likeness.sketch.words.map { .integer($0) }
            )
            if !cluster.isPlain, !isFull {
                bands += Set(likeness.keys).sorted().map { [.integer($0), SQLValue(cluster.id)] }
            }
        }
        for part in rows.parts(of: 500) {
            try sql.insert(
                into: "clusters",
                [
                    "id", "grp", "size", "led", "plain", "sketch_version", "sketch_0", "sketch_1", "sketch_2",
                    "sketch_3",
                ],
                Array(part),
                suffix: "ON CONFLICT DO NOTHING"
            )
        }
        for part in bands.parts(of: 500) {
            try sql.insert(into: "bands", ["key", "cluster"], Array(part), suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// Before its members are read: nobody joins it, or leads it, until this transaction ends.
    func lockCluster(_ id: CandidateID) throws {
        guard sql.dialect == .postgresql else { return }
        _ = try sql.rows("SELECT id FROM clusters WHERE id = ? \(sql.dialect.locked("clusters"))", [SQLValue(id)])
    }

    /// Sees to it that the queue shows one of the cluster's undecided members, if it has any.
    /// - Parameter preferring: this one, if it is undecided.
    func lead(_ cluster: CandidateID, preferring: CandidateID? = nil) throws {
        try lockCluster(cluster)
        try lockCandidates("c.cluster = ?", [SQLValue(cluster)])
        let members = try sql.rows(
            """
            SELECT c.id, c.facet, c.created_at, c.leads FROM candidates c JOIN facets f ON f.number = c.facet
            WHERE c.cluster = ? AND f.status = 'new' ORDER BY c.value DESC, c.id
            """,
            [SQLValue(cluster)]
        )
        let ids = try members.map { try $0.id(0) }
        let leading = try members.indices.filter { try members[$0].flag(3) }
        let wanted = ids.firstIndex { $0 == preferring } ?? leading.first ?? members.indices.first
        for index in members.indices {
            let leads = index == wanted
            guard try members[index].flag(3) != leads else { continue }
            try sql.change("UPDATE candidates SET leads = ? WHERE id = ?", [SQLValue(leads), SQLValue(ids[index])])
            tally(try members[index].integer(1), try members[index].time(2), leaders: leads ? 1 : -1)
        }
        try sql.change(
            "UPDATE clusters SET led = ? WHERE id = ?",
            [SQLValue(wanted != nil), SQLValue(cluster)]
        )
    }
}
