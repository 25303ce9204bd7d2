"""Tasks of luigi, two at a time, each in a process of its own."""

import logging

import luigi


class Add(luigi.Task):
    number = luigi.IntParameter()

    def requires(self):
        return [Add(self.number - 1)] if self.number else []

    def run(self):
        self.output().makedirs()
        with self.output().open("w") as file:
            file.write(str(self.number))

    def output(self):
        return luigi.LocalTarget(f"luigi-{self.number}.txt")


class Fail(luigi.Task):
    def run(self):
        raise ValueError("meant")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    tasks = [Add(3), Fail()]
    result = luigi.build(tasks, workers=3, local_scheduler=True, detailed_summary=True)
    print(result.status.name)
    print([task.complete() for task in (*tasks, Add(2), Add(1), Add(0))])
