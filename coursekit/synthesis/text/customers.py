"""What customers and members of the community say around the problem itself.

`LEADS` begin a message, by tone: cold, neutral, warm. `CORES` carry the fact or
the answer, `TURNS` the request that follows. Besides the words for the part
(`coursekit.synthesis.text.topics`), a fragment may hold a placeholder for a
purpose of the topic: `{clause}`, `{topic}`, `{step}`, ...
"""

from __future__ import annotations

from coursekit.synthesis.text.manners import ByTone

LEADS: dict[str, ByTone] = {
    "ask first": (
        ("I will keep this short.", "This should not happen in a service that we pay for."),
        ("", "We have a question about {the}.", "I am writing about {topic}."),
        ("I hope that you are all well.", "We like working with {the}, so we hope that this is a small matter."),
    ),
    "ask second": (
        ("",),
        ("", "Thank you for the message."),
        ("Thank you for bringing this up.",),
    ),
    "ask later": (
        ("This is taking too long.",),
        ("", "Thank you for the answer."),
        ("Thank you for staying with this.",),
    ),
    "report": (
        ("So that you know of it.",),
        ("For your information.",),
        ("I hope that this saves you some work.",),
    ),
    "answer": (
        ("Here is what you wanted to know about {topic}.",),
        ("Here is what we know about {topic}.",),
        ("I am glad to help you with {topic}.",),
    ),
    "tip": (
        ("As nobody has written it down so far.",),
        ("A tip for everyone who uses {the}.",),
        ("Perhaps this spares somebody an afternoon.",),
    ),
    "peer": (
        ("This has been answered here before.",),
        ("We had the same with {topic}.", "About {topic}, as far as we know."),
        ("I know how tiresome this is, we had it too.",),
    ),
    "suggest first": (
        ("It is surprising that this is still missing.",),
        ("A suggestion about {the}.",),
        ("We like {the} and have an idea for it.",),
    ),
    "suggest later": (
        ("There is more to be said about {topic}.",),
        ("As for {topic}, I have a suggestion.",),
        ("Reading about {topic} gave me an idea that I would like to share.",),
    ),
    "sell first": (
        ("A short notice.",),
        ("A word to other firms.",),
        ("Greetings from a firm that started small as well.",),
    ),
    "sell later": (
        ("You need not do that yourself.",),
        ("As for {topic}, there is help to be had.",),
        ("We know how much time {topic} can take.",),
    ),
}

CORES: dict[str, tuple[str, ...]] = {
    "fact": (
        "Since Monday {clause}.",
        "For some days now {clause}.",
        "We noticed this morning that {clause}.",
        "It looks as if {clause}.",
        "{Clause}.",
    ),
    "fact second": ("We see the same here: {clause}.", "It is like this with us too: {clause}."),
    "fact later": (
        "I am afraid that {clause}, today as well.",
        "Nothing has changed: {clause}.",
        "We have done what we were told, and still {clause}.",
    ),
    "ask last": (
        "One last question about {topic}: how do we notice if we run into this again?",
        "Could you write down for us what was done about {topic}?",
        "Before we leave it at that: will {topic} come up again after the next upgrade?",
    ),
    "detail": ("{detail}",),
    "tip": ("If {clause}, try this. {step}", "This is what we do when {clause}. {step}"),
    "step": ("{step}",),
    "record": (
        "For the record: it works now, and {solved}.",
        "There is nothing more to do about {topic}, as {solved}.",
        "For those who find this later: after the steps above, {solved}.",
    ),
    "idea": ("{idea}",),
    "sell": (
        "Our small firm takes care of matters like {topic} for others.",
        "We have set up {the} for other firms for five years.",
        "We have written a guide to {the}, with a chapter on {topic}.",
    ),
    "dressed": (
        "With {topic} I went through our settings one by one, and I can do the same with yours.",
        "I have sorted out {topic} in a number of firms, so write to me and I will look at yours.",
        "Come to me with {topic}, as I do this every week for firms like yours.",
    ),
    "chat first": (
        "It is quiet here today, so I am reading up on {the}.",
        "We have our open day next week, and everyone is busy with {items}.",
        "Greetings from a small firm that has spent the morning with {items}.",
        "Our new colleague began today and has already entered a first {item}.",
    ),
    "chat second": (
        "Good to read that others think about {topic} too.",
        "We know {topic} only too well.",
        "Nice to hear from somebody who works with {the} as we do.",
    ),
    "chat later": (
        "Thank you, I will tell my colleagues what you say about {topic}.",
        "That sounds familiar, we all have our stories about {items}.",
        "Understood, and thank you.",
    ),
    "chat last": (
        "Now {solved}, thank you.",
        "All is well: {solved}.",
        "That settles {topic} for us.",
    ),
}

TURNS: dict[str, tuple[str, ...]] = {
    "none": ("",),
    "request": (
        "What can we do about it?",
        "Could you please have a look?",
        "Is this a known fault?",
        "Can you tell us what to change?",
        "Could it be something in our settings?",
    ),
    # Innocent words that a rule for sales talk falls for.
    "request with sales words": (
        "Did this come with the last upgrade?",
        "Do we need an upgrade to get rid of it?",
        "Is there anything that you can offer us in the meantime?",
    ),
    "request in public": (
        "Has anyone else seen this?",
        "Does anyone know a way round it?",
        "Is it only us?",
    ),
    "request later": (
        "What is the next step?",
        "What else can we try?",
        "Could somebody look at our account directly?",
        "Shall I send a picture of the screen?",
    ),
    "report": (
        "Perhaps this helps you to find the fault.",
        "We have found a way round it, so there is no hurry.",
    ),
    "answer": (
        "I can send a picture of the screen if you need one.",
        "We can try things out for you any afternoon.",
        "",
    ),
    "peer": ("That was all it took for us.", "Write again if it does not help."),
    "suggest": (
        "We would use it every day.",
        "Others must have asked for this before.",
        "Would that be possible?",
    ),
    "suggest with sales words": (
        "We would even pay for an upgrade that had this.",
        "It need not come at a discount.",
    ),
    "sell": (
        "We offer a first hour at half the usual rate.",
        "Readers get a discount of ten per cent.",
        "There is a free trial until the end of the month.",
        "Write to us and we will make you an offer.",
        "A special offer for new clients ends on Friday.",
        "Our rates are on our page.",
    ),
    "dressed": ("It usually takes an afternoon.", "Just send me a line."),
    "chat": ("How are things with you?", "I hope that you have a calmer week.", ""),
}
