"""`hypograph`: the commands, each in a module of its own that is imported only when it is asked for.

So `hypograph --help` costs click and nothing else (under 0.2 s), whatever the commands import.
"""

from __future__ import annotations

import importlib
from typing import Final

import click

# name -> (module, one line for the overview); in the order in which a newcomer meets them
COMMANDS: Final = {
    "demo": ("jobs.demo", "Read a few hundred PubMed records into a graph and ask it four questions."),
    "fetch": ("jobs.fetch", "Fetch documents to read: PubMed's files, or records by their PMIDs."),
    "run": ("jobs.run", "Extract and load: each shard is in the graph as soon as it is complete."),
    "extract": ("jobs.extract", "Read documents, extract and link relations, write Parquet."),
    "submit": ("jobs.submit", "Run extract, or run, as a job of a Ray cluster."),
    "bench": ("jobs.bench", "Measure this machine, and estimate what all of PubMed would take."),
    "runs": ("jobs.runs", "List runs: state, counts, rejects, cost."),
    "replay": ("jobs.replay", "Extract once more what a run rejected."),
    "generate": ("jobs.generate", "Let a language model verify doubtful relations and extract new ones."),
    "load": ("jobs.load", "Load what extract wrote into a graph."),
    "graph": ("jobs.graph", "Describe a graph, compare two, bring an older one up to date."),
    "ask": ("jobs.ask", "Answer a named question from a graph."),
    "hypotheses": ("jobs.hypotheses", "Rank what nobody has written yet, with the sentences it rests on."),
    "backtest": ("jobs.backtest", "Measure on the past how well hypotheses are ranked."),
    "belief": ("jobs.belief", "Say why an edge is believed as far as it is."),
    "cypher": ("jobs.cypher", "Run read-only Cypher on a graph."),
    "brief": ("jobs.brief", "Summarise evidence in words, each sentence with its publications."),
    "api": ("jobs.api", "Offer the questions over HTTP, read-only."),
    "mcp": ("jobs.mcp", "Give a language model the graph, read-only (MCP)."),
    "neo4j": ("jobs.neo4j", "Start and stop a private Neo4j server."),
    "lexicon": ("jobs.lexicon", "Build the lexicon and look names up in it."),
    "models": ("jobs.models", "List, describe, check, graft and mix extractors."),
    "serve": ("jobs.serve", "Answer HTTP requests with mentions and relations."),
    "pretrain": ("jobs.pretrain", "Train an encoder on unlabelled text."),
    "finetune": ("jobs.finetune", "Train the extractor on annotated corpora."),
    "distil": ("jobs.distil", "Train a small extractor on a large one's answers to unlabelled texts."),
    "tune": ("jobs.tune", "Search for the settings of finetune on Ray Tune."),
    "evaluate": ("jobs.evaluate", "Measure the extractor, or the linker, on the corpora's official splits."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hypograph")
def main() -> None:
    """Read biomedical literature into a knowledge graph and question it in Cypher."""


if __name__ == "__main__":
    main()
