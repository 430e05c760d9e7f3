//! What SQLite's planner is told of the indexes.
//!
//! A SQLite without statistics takes three equal columns of an index to be hardly better than two of the primary key,
//! and then walks a whole environment for one agent's cards. Measuring an empty database would teach it the same, and
//! measuring a full one would let plans change under way: so it is told, for every index, what the columns mean.
use super::{executor::Tx, sql};

/// Rows of a table that has grown.
const ROWS: i64 = 1_000_000;

#[derive(sqlx::FromRow)]
struct Part {
    tbl: String,
    idx: String,
    origin: String,
    uniq: i64,
    part: i64,
    col: String,
}

/// How many times fewer rows share a column's value than share the values before it.
fn share(column: &str) -> i64 {
    match column {
        "organisation_id" => 5,
        // Three in the audit log, where an index must be worth more than the primary key to be walked.
        "environment" => 4,
        "class" | "outcome" => 5,
        "status" | "state" | "succeeded" | "action" | "counter" | "frequency" | "attestation_status" => 5,
        _ => 1000,
    }
}

/// Tells the planner of every index that the migrations have made.
pub(super) async fn tell(tx: &mut Tx) -> sqlx::Result<()> {
    // Makes the table of statistics; this one table has a single row.
    sql!(tx, execute, "analyze installation")?;
    sql!(tx, execute, "delete from sqlite_stat1")?;
    let parts: Vec<Part> = sql!(
        tx,
        fetch_all,
        "select t.name as tbl, i.name as idx, i.origin, i.\"unique\" as uniq, i.partial as part, c.name as col
         from sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
         where t.type = 'table' and t.name not like 'sqlite%' and c.name is not null
         order by i.name, c.seqno"
    )?;
    for index in parts.chunk_by(|a, b| a.idx == b.idx) {
        let Some(first) = index.first() else { continue };
        let mut rows = if first.part == 1 { ROWS / 10 } else { ROWS };
        let mut text = rows.to_string();
        for (n, column) in index.iter().enumerate() {
            rows = (rows / share(&column.col)).max(1);
            if first.uniq == 1 && n + 1 == index.len() {
                rows = 1;
            }
            text.push_str(&format!(" {rows}"));
        }
        // The primary key goes by the table's name.
        let name = if first.origin == "pk" { &first.tbl } else { &first.idx };
        sql!(tx, execute, "insert into sqlite_stat1 (tbl, idx, stat) values ($1, $2, $3)", &first.tbl, name, text)?;
    }
    Ok(())
}
