"""How people greet, close and sign in each channel, and what they add by the way.

Where a message has a tone, the fragments stand by tone: cold, neutral, warm.
"""

from __future__ import annotations

ByTone = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

GREETINGS: dict[str, ByTone] = {
    "customer email": (("Good day,",), ("Hello,", "Good morning,"), ("Dear all,", "Hello to everyone at support,")),
    "agent email": (("Dear Sir or Madam,",), ("Dear customer,",), ("Hello there,", "Good day to you,")),
    "list": (("",), ("Hello all,", ""), ("Hi everyone,", "Hello to the whole list,")),
    "forum": (("",), ("",), ("Hi all,", "")),
}

CLOSES: dict[str, ByTone] = {
    "ask": (
        ("Please see to it soon.", "This costs us time every day."),
        ("", "Thanks in advance.", "Thank you."),
        (
            "Thank you very much for your help.",
            "Thanks, you have always been quick to answer.",
            "Many thanks, and a good week to you all.",
        ),
    ),
    "customer": (
        ("", "Nothing more from me."),
        ("", "Thanks for reading."),
        ("A good day to all of you.", "With thanks from all of us here."),
    ),
    "customer chat": (("",), ("", "Have a good day."), ("All the best from us here.", "A good day to you.")),
    "agent": (
        ("", "More is on the help page."),
        ("", "We are here until six.", "Let us know if anything is unclear."),
        ("Have a pleasant day.", "It is good to have you with us."),
    ),
}

SIGN_OFFS: dict[str, ByTone] = {
    "customer email": (("Regards",), ("Best regards", "Kind regards"), ("Warm regards", "With best wishes")),
    "agent email": (
        ("Regards,\nCustomer support",),
        ("Kind regards,\nCustomer support",),
        ("With best wishes,\nyour team at customer support",),
    ),
    "bot email": (("This message was sent automatically.",),) * 3,
    "agent list": (("",), ("Customer support",), ("Customer support, with thanks",)),
    "customer list": (("",), ("", "Regards from the front desk"), ("Greetings to all", "Cheers")),
}

# What shows the function a message serves, in the order of coursework.tables.FUNCTIONS.
ASIDES: dict[str, tuple[tuple[str, ...], ...]] = {
    "agent": (
        (
            "I have noted this under your case.",
            "Your contract and your data stay as they are.",
        ),
        (
            "Tell me if I have misunderstood something.",
            "What you write helps us to see how {the} is used.",
        ),
        (
            "We will come back to this when we plan the next version.",
            "We are weighing up how {the} should work in the long run.",
        ),
        (
            "Other firms talk about this in the forum, and you are welcome there.",
            "Feel free to share this with your colleagues.",
        ),
    ),
    "customer": (
        (
            "Our account is the one with two locations.",
            "I have put it on our list of open points.",
        ),
        (
            "I have asked my colleagues how they see it.",
            "We have read the earlier messages about it.",
        ),
        (
            "We are planning the next season, so it matters now.",
            "I have been thinking about how we work with {the}.",
        ),
        (
            "I would be glad to hear what other firms do.",
            "You are welcome to call us about it.",
        ),
    ),
}

# How hard the case is, in the order of coursework.tables.DIFFICULTY.
HARDNESS: dict[str, tuple[tuple[str, ...], ...]] = {
    "customer": (
        ("It is probably a small thing.", "We may just have missed a setting."),
        ("", "Starting afresh helps for a while."),
        (
            "It comes and goes, and we cannot find a pattern.",
            "It is so at one of our two locations only, although the settings are the same.",
        ),
    ),
    "agent step": (
        ("This takes a minute at most.", "It is quickly done."),
        ("", "It may take two or three tries."),
        (
            "As the case is not a plain one, a developer is looking at it with me.",
            "It may not be the whole answer, because we have not seen this before.",
        ),
    ),
    "agent question": (
        ("",),
        ("",),
        ("I ask because there is more than one possible cause.", "A developer is going to look at it with me."),
    ),
}

# The shares by channel stand in SHARES.
EMOJI: dict[str, ByTone] = {
    "customer": (("😕", "🤔"), ("👍", "🙂"), ("😊", "🙏")),
    "organization": (("📌", "👉"), ("👍", "🙂"), ("😊", "🙏")),
}

# The parts of a message in their order, and the chance that a message has the part at all, by channel in the
# order of coursework.tables.CHANNELS: email, chat, phone, social, list, forum.
SHARES: dict[str, tuple[float, ...]] = {
    "greeting": (1.0, 0.0, 0.0, 0.0, 1.0, 1.0),
    "lead": (1.0, 0.25, 1.0, 0.3, 0.9, 0.8),
    "core": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "detail": (0.6, 0.1, 0.4, 0.0, 0.6, 0.5),
    "hardness": (0.8, 0.2, 0.6, 0.1, 0.8, 0.7),
    "turn": (1.0, 0.5, 0.8, 0.5, 0.95, 0.9),
    "aside": (0.6, 0.1, 0.0, 0.05, 0.5, 0.4),
    "close": (0.8, 0.25, 0.6, 0.2, 0.5, 0.4),
    "sign-off": (1.0, 0.0, 0.0, 0.0, 0.8, 0.0),
    "emoji": (0.0, 0.12, 0.0, 0.18, 0.0, 0.05),
}
