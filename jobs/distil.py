"""`hypograph distil`: a large teacher labels texts, and a small student learns from these labels and from gold.

A killed run goes on by the same command, whether it was labelling or training.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine.model.config import CheckpointError, ExtractorConfig
from engine.model.hub import model_folder
from engine.train.annotated import CorpusError
from jobs.finetune import DEFAULTS, FinetuneRun, plan_run
from jobs.finetune import command as finetune_command
from jobs.finetune_options import train_and_report
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.worker_group import begin_work


@click.command()
@click.argument("teacher", type=click.Path(path_type=Path))
@click.argument("student", type=click.Path(path_type=Path))
@click.argument("out", type=LocalFolder())
@click.option(
    "--text",
    "texts",
    multiple=True,
    required=True,
    metavar="PATH",
    help="Documents without annotations, as `extract` reads them: a file, a folder or a glob; repeatable.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the teacher's answers, for runs to share [default: in OUT/.training].",
)
@click.option(
    "--teacher-weight",
    type=click.FloatRange(0),
    default=DEFAULTS.teacher_weight,
    show_default=True,
    help="What a word or pair that the teacher labels weighs beside one of a corpus.",
)
@click.option("--task", type=click.Path(path_type=Path), hidden=True)
def command(
    teacher: Path,
    student: Path,
    out: Path,
    texts: tuple[str, ...],
    labels: Path | None,
    task: Path | None,
    workers: int,
    **options: Any,
) -> None:
    """Train an extractor that starts from STUDENT on gold and on TEACHER's answers, and leave it in OUT.

    TEACHER is an extractor's folder or Hugging Face id; STUDENT an encoder's, or an extractor's to go on from. The
    teacher labels the texts first; how often they are read is `--passes teacher=N`.
    """
    from engine.train.distil.answers import check_questions
    from engine.train.distil.texts import find_texts
    from engine.train.finetune import MENTION_HEADS

    if task:
        raise click.UsageError("--task: the heads of a task can't be distilled; leave it out")
    trained = plan_run(encoder=student, out=out, workers=workers, **options)
    try:
        teacher = model_folder(teacher)
        refuse_overwriting(out, teacher)
        check_questions(ExtractorConfig.load(teacher), ExtractorConfig(mention_heads=MENTION_HEADS))
        run = DistilRun(
            teacher=teacher.absolute(),
            texts=tuple(find_texts(texts)),
            labels=(labels or trained.out / ".training" / "teacher").absolute(),
            student=trained,
        )
    except (CheckpointError, CorpusError) as fault:
        raise click.ClickException(str(fault)) from fault
    train_and_report(run, workers=workers)


# The student is trained by `finetune`, and takes its options but `--task`: a teacher says nothing of classes, and its
# texts aren't compared with the documents that a task keeps for measuring. Nor those that stand for another training.
command.params += [
    option
    for option in finetune_command.params
    if isinstance(option, click.Option) and option.expose_value and option.name != "task_file"
]


@dataclass(frozen=True, slots=True)
class DistilRun:
    """One worker's part of a distillation: its share of the labelling, and of the student's training."""

    teacher: Path
    texts: tuple[Path, ...]
    labels: Path
    student: FinetuneRun

    @property
    def out(self) -> Path:
        """The student's folder."""
        return self.student.out

    @property
    def name(self) -> str:
        """The command."""
        return "distil"

    def __call__(self) -> dict[str, object]:
        """Label what isn't labelled yet, then train; returns the report."""
        from engine.train.distil.label import label_texts

        begin_work(self.student.threads)
        return self.student(label_texts(self.teacher, self.texts, self.labels))


if __name__ == "__main__":
    command()
