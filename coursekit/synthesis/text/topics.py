"""What the conversations are about: the parts of a booking service for small firms, and what goes wrong with them.

A topic is one part and one kind of problem, so every message of a conversation
can speak of the same thing. In the fragments, `{the}` is the part ("the staff
rota"), `{name}` the same without its article, `{at}` the place ("on the staff
rota"), `{item}`, `{an_item}` and `{items}` what it holds ("shift"); a capital
(`{The}`) begins a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

PARTS = (
    # name, place, what it holds: one (with its article), several
    ("booking page", "on the booking page", "a booking", "bookings"),
    ("calendar", "in the calendar", "an appointment", "appointments"),
    ("reminder page", "on the reminder page", "a reminder", "reminders"),
    ("waiting list", "on the waiting list", "a request", "requests"),
    ("staff rota", "on the staff rota", "a shift", "shifts"),
    ("invoice page", "on the invoice page", "an invoice", "invoices"),
    ("customer list", "on the customer list", "a customer record", "customer records"),
    ("report page", "on the report page", "a report", "reports"),
    ("payment page", "on the payment page", "a payment", "payments"),
    ("course planner", "in the course planner", "a course", "courses"),
    ("task board", "on the task board", "a task", "tasks"),
    ("room plan", "on the room plan", "a reservation", "reservations"),
)

# What a fragment of a kind serves. Clauses (`clause`, `solved`) and the noun phrase `topic` begin in
# lower case and have no full stop; the others are sentences. A customer or a member may say any of
# them but `cause`, `sell` and `dressed`, which speak for the organization.
PURPOSES = ("clause", "topic", "detail", "question", "step", "cause", "solved", "idea", "sell", "dressed")

SLOW: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "{the} takes half a minute to open",
        "{the} is very slow",
        "{the} hangs for a long time before it shows any {items}",
    ),
    "topic": ("the slow {name}", "the time that {the} takes to open"),
    "detail": (
        "It is slowest in the morning, when all of us sign in at once.",
        "Other pages open at once, and so do other sites.",
    ),
    "question": (
        "Does it get faster when you show one week only?",
        "Roughly how many {items} do you have {at}?",
    ),
    "step": (
        "Please set the view to one week under Settings, Display, so that fewer {items} have to be read.",
        "Sign out and in again, as an old session slows {the} down.",
        "Put closed {items} into the archive, because {the} only reads what is open.",
    ),
    "cause": (
        "The server that keeps the {items} was short of memory, and we have given it more.",
        "A nightly job ran on into the morning and held {the} up; it now starts earlier.",
    ),
    "solved": ("{the} opens at once", "{the} is as quick as it used to be"),
    "idea": (
        "It would help if {the} showed today's {items} first and read the rest afterwards.",
        "A line that says how many {items} are still to be read would make the wait easier.",
    ),
    "sell": (
        "The Plus package keeps {items} on a server of your own, so that {the} opens in a second.",
        "Firms with many {items} are well served by the Plus package, in which {the} is built for speed.",
    ),
    "dressed": (
        "With as many {items} as you have, {the} works best on a server of its own; I can move you there this week.",
        "Firms that had the same now work with the larger set-up, and {the} opens at once; I can arrange it for you.",
    ),
}

MISSING: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "{items} from last week are missing {at}",
        "some {items} no longer show up {at}",
        "only half of the {items} can be seen {at}",
    ),
    "topic": ("the missing {items}", "the {items} that no longer show up"),
    "detail": (
        "All of them were there on Friday evening.",
        "In the weekly summary they are still counted.",
    ),
    "question": (
        "Can you give me the date of {an_item} that is missing?",
        "Is a filter set at the top of {the}?",
    ),
    "step": (
        "Please clear the filter at the top of {the}; it stays set until you remove it.",
        "Look into the archive under Settings, as closed {items} are moved there at night.",
        "Choose All locations at the top of {the}, because it begins with your own only.",
    ),
    "cause": (
        "A change last week hid {items} without a location, and we have taken it back.",
        "The {items} were stored but not shown, as an index was not complete; we have built it anew.",
    ),
    "solved": ("all the {items} are back {at}", "the {items} show up {at} as before"),
    "idea": (
        "It would help if {the} said how many {items} a filter hides.",
        "There should be a warning before {items} are moved to the archive.",
    ),
    "sell": (
        "The Plus package keeps a daily copy of all {items}, so that nothing goes missing.",
        "With the Plus package you can bring back {an_item} from any day of the last two years.",
    ),
    "dressed": (
        "To be safe from this, have a daily copy made of your {items}; I can switch it on for your account today.",
        "Other firms keep their {items} with the longer history, where nothing gets lost; I can see to it for you.",
    ),
}

DUPLICATE: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "every {item} shows up twice {at}",
        "new {items} are stored twice",
        "there are two copies of most {items} {at}",
    ),
    "topic": ("the duplicate {items}", "the two copies of every {item}"),
    "detail": (
        "Both copies have the same time and the same text.",
        "It began after we had read in a file from our old program.",
    ),
    "question": (
        "Do both copies carry the same number?",
        "Did you read in a file shortly before it began?",
    ),
    "step": (
        "Please open Settings, Imports, and remove the source that is listed twice.",
        "Mark the copies and choose Merge from the menu of {the}; no {item} is lost by that.",
        "Sign out on all devices but one, as two of them may have sent the same {items}.",
    ),
    "cause": (
        "An import had run twice, and we have taken out the second run.",
        "Two of our servers had each stored the {items}, and one of them is now off.",
    ),
    "solved": ("each {item} is there just once", "the copies are gone and the {items} are right"),
    "idea": (
        "It would help if {the} asked before it stores the same {item} a second time.",
        "A button that merges two copies of {an_item} would save an hour a week.",
    ),
    "sell": (
        "The Plus package finds duplicate {items} and merges them by itself.",
        "The cleaning service of the Plus package goes through your {items} every month.",
    ),
    "dressed": (
        "A monthly clean-up keeps copies of {items} away for good; I can put your account down for it.",
        "Many firms that had such copies let us look after their {items}; I would gladly do it for you as well.",
    ),
}

ACCESS: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "part of the team can no longer open {the}",
        "half of the team has no access to {the}",
        "new colleagues get an empty screen instead of {the}",
    ),
    "topic": ("access to {the}", "the rights to {the}"),
    "detail": (
        "Everything else opens for them as it should.",
        "It began when we added two people to the team.",
    ),
    "question": (
        "Which role do these colleagues have under Settings, Team?",
        "Were they invited by e-mail, or added by hand?",
    ),
    "step": (
        "Please open Settings, Team, and tick {the} for the role in question.",
        "Ask them to sign out and to use the link in their invitation once more.",
        "Add them to the group that may see {items}; it takes five minutes to work.",
    ),
    "cause": (
        "A new rule took the right away from all who joined this month, and we have put it back.",
        "The invitations had run out, so we have sent new ones.",
    ),
    "solved": ("everyone in the team can open {the}", "the whole team sees the {items}"),
    "idea": (
        "It would help if the owner of an account could see who may open {the}.",
        "Those without rights for {the} should be told whom to ask.",
    ),
    "sell": (
        "In the Plus package you can set rights for every single {item}.",
        "The Plus package has room for twenty more people, all of them with {the}.",
    ),
    "dressed": (
        "The simple way is a few more seats, so that everyone can open {the}; I can add them for you straight away.",
        "For a team like yours the roles of the larger set-up fit better; I can move you, and the {items} come along.",
    ),
}

UNSAVED: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "changes to {an_item} are not saved",
        "{the} forgets what is entered",
        "a changed {item} goes back to what it was before",
    ),
    "topic": ("the lost changes to {items}", "the changes that {the} does not save"),
    "detail": (
        "There is no message, the old text is simply back.",
        "It happens with long notes more than with short ones.",
    ),
    "question": (
        "Do you see a green tick after you press Save?",
        "Are two of you working on the same {item} at that time?",
    ),
    "step": (
        "Please reload the page before you change {an_item}, and save within ten minutes.",
        "Close {the} in all other windows, because the last window wins.",
        "Take signs such as brackets out of the note, then save the {item} once more.",
    ),
    "cause": (
        "The time limit for saving {an_item} was too short, and we have made it longer.",
        "Notes with certain signs were turned down without a word; they are accepted now.",
    ),
    "solved": ("changes to {items} stay", "{the} saves every change"),
    "idea": (
        "It would help if {the} saved by itself every few seconds.",
        "A short history of each {item} would make it possible to take back a change.",
    ),
    "sell": (
        "The Plus package saves by itself and keeps every version of {an_item}.",
        "With the Plus package two people can change the same {item} at once.",
    ),
    "dressed": (
        "Where several people change {items}, a history of versions protects you; I can turn it on from this month.",
        "Your work is safe with automatic saving in the larger set-up; I can arrange that for {the} today.",
    ),
}

EXPORT: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "the export of {items} stops half-way",
        "the file with the exported {items} ends in the middle",
        "the export {at} gives half a file",
    ),
    "topic": ("the export of {items}", "the file with the exported {items}"),
    "detail": (
        "Last month the same export took two minutes.",
        "Our accountant needs the file by the end of the month.",
    ),
    "question": (
        "Which format do you choose, CSV or PDF?",
        "Which program do you open the file with?",
    ),
    "step": (
        "Please export one month at a time and put the parts together.",
        "Choose CSV with a semicolon as separator, which most office programs read.",
        "Open the file through the import of your office program, not by a double click.",
    ),
    "cause": (
        "Names with a comma broke the lines of the file, and we now put quotes round them.",
        "The export was cut off after two minutes, and we have raised the limit to ten.",
    ),
    "solved": ("the export of {items} is complete", "the file holds all the {items}"),
    "idea": (
        "It would help if the export of {items} could be sent by e-mail every Monday.",
        "It should be possible to choose the columns before {items} are exported.",
    ),
    "sell": (
        "The Plus package sends your {items} straight to your accountant's program.",
        "With the Plus package there is no limit to the number of {items} that you export.",
    ),
    "dressed": (
        "A direct link to your accounts would spare you the export of {items}; I can connect it this week.",
        "Firms that export {items} every month leave that to us by now; name your program and I will set it up.",
    ),
}

MAILS: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "no e-mail arrives when {an_item} changes",
        "nobody is told by e-mail when {items} change",
        "the e-mails about changed {items} do not come",
    ),
    "topic": ("the missing e-mails on {items}", "the e-mails on changed {items}"),
    "detail": (
        "Text messages arrive at once.",
        "With a private address it works, with our own domain it does not.",
    ),
    "question": (
        "Is the address under Settings, Messages the right one?",
        "Have you looked in the folder for junk mail?",
    ),
    "step": (
        "Please switch messages for {items} off and on again under Settings, Messages.",
        "Add the sender to the list of known addresses in your mail program.",
        "Ask your mail provider to let these messages pass; the help page says how.",
    ),
    "cause": (
        "Our mail server had been put on a block list, and we have had it taken off.",
        "Messages were waiting in a queue that had stopped; it is running now.",
    ),
    "solved": ("the e-mails about {items} arrive", "every change of {an_item} is followed by an e-mail"),
    "idea": (
        "It would help if {the} showed which e-mails have been sent, and when.",
        "It should be possible to have changed {items} announced by text message instead.",
    ),
    "sell": (
        "The Plus package also sends text messages, so that news of {items} always gets through.",
        "With the Plus package you write the messages about {items} in your own words and colours.",
    ),
    "dressed": (
        "Text messages do not get lost as e-mails do; I can add them for all your {items} from today.",
        "Mail from your own domain gets through far better; I can set it up for you, and news of {items} is safe.",
    ),
}

SEARCH: Mapping[str, tuple[str, ...]] = {
    "clause": (
        "the search {at} finds nothing",
        "the search {at} gives an empty list",
        "{items} cannot be found by name {at}",
    ),
    "topic": ("the search for {items}", "the search {at}"),
    "detail": (
        "Even the full name gives no result.",
        "If we scroll down, we can see what we were looking for.",
    ),
    "question": (
        "What exactly do you type into the search field?",
        "Does the search find {an_item} that you entered today?",
    ),
    "step": (
        "Please type the last name only, without a comma.",
        "Choose All years to the right of the search field.",
        "Press Rebuild under Settings, Search; then all {items} are read afresh.",
    ),
    "cause": (
        "The search had stopped reading new {items} on Sunday, and we have started it again.",
        "The search skipped names with accents, which we have put right.",
    ),
    "solved": ("the search finds every {item}", "{items} can be found by name"),
    "idea": (
        "It would help if the search {at} forgave small slips in spelling.",
        "The search should show the newest {items} first.",
    ),
    "sell": (
        "The Plus package searches {items}, notes and files all at once.",
        "With the Plus package you can store a search for {items} and run it with one click.",
    ),
    "dressed": (
        "With notes and files in the search you would find {an_item} at once; I can open that for your account today.",
        "Firms with many {items} do well with the stored searches of the larger set-up; I can prepare them for you.",
    ),
}

KINDS = (SLOW, MISSING, DUPLICATE, ACCESS, UNSAVED, EXPORT, MAILS, SEARCH)

TOPICS = len(PARTS) * len(KINDS)
"""How many topics there are; topic t is part t // len(KINDS) with problem t % len(KINDS)."""


def words_of(part: int) -> dict[str, str]:
    """What the fragments of a kind call a part: the placeholders that the module's text explains."""
    name, place, one, several = PARTS[part]
    words = {
        "the": f"the {name}",
        "at": place,
        "an_item": one,
        "item": one.split(" ", 1)[1],
        "items": several,
    }
    return {"name": name, **words, **{key.capitalize(): capital(word) for key, word in words.items()}}


def capital(text: str) -> str:
    """The text with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]
