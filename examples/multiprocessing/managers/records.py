"""A list of records, to which one process appends, and which another prints."""

import polyproc.multiprocessing as multiprocessing


def print_records(records):
    for record in records:
        print(f"Name: {record[0]}\nScore: {record[1]}\n")


def insert_record(record, records):
    records.append(record)
    print("A New record is added\n")


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        records = manager.list([("Computers", 1), ("History", 5), ("Maths", 9)])
        insert = multiprocessing.Process(target=insert_record, args=(("English", 3), records))
        insert.start()
        insert.join()
        printing = multiprocessing.Process(target=print_records, args=(records,))
        printing.start()
        printing.join()
