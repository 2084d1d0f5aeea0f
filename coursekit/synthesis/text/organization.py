"""What agents and bots of the organization say around the problem itself.

Leads by tone, cores and turns, as in `coursekit.synthesis.text.customers`.
"""

from __future__ import annotations

from coursekit.synthesis.text.manners import ByTone

LEADS: dict[str, ByTone] = {
    "agent notice": (
        ("A notice on {the}.",),
        ("This is a note to all who use {the}.",),
        ("Thank you for using {the}; here is something that may help you.",),
    ),
    "agent receipt": (
        ("Your message about {topic} has been read.",),
        ("Thank you for your message about {topic}.", "Thank you for telling us about {topic}."),
        (
            "Thank you for writing, and I am sorry for the trouble with {topic}.",
            "Thank you for taking the time to tell us about {topic}.",
        ),
    ),
    "agent again": (
        ("We have looked at it again.",),
        ("I have looked at {topic} once more.",),
        ("Thank you for your patience; I have looked into {topic} once more.",),
    ),
    "agent last": (("",), ("",), ("I am glad that we could clear this up.",)),
    "agent more": (
        ("Some details are still needed.",),
        ("One more question about {topic}.",),
        ("Thank you, that helps, and I have one more question.",),
    ),
    "agent sell first": (
        ("News on our packages.",),
        ("There is something new for firms that use {the}.",),
        ("As you have been with us for a while, this may interest you.",),
    ),
    "agent sell later": (
        ("There is a way to be rid of {topic}.",),
        ("As for {topic}, there is another way.",),
        ("You should not have to think about {topic} at all.",),
    ),
    "agent sell last": (("One more thing.",), ("Before I close the case, one more thing.",), ("A last tip from me.",)),
    "agent idea first": (
        ("{The} is going to change.",),
        ("We are thinking about {the} and would like your view.",),
        ("You know {the} better than anyone, so we would love to hear your view.",),
    ),
    "agent idea later": (
        ("There is a proposal about {topic}.",),
        ("Your message about {topic} led us to an idea.",),
        ("Your thoughts about {topic} were a real help and led us to an idea.",),
    ),
    "bot tip": (("Automatic tip.",),) * 3,
    "bot case": (("Your case about {topic} is open.",),) * 3,
    "bot news": (("News for accounts with {the}.",),) * 3,
    "bot votes": (("This idea is open for votes.",),) * 3,
}

CORES: dict[str, tuple[str, ...]] = {
    "agent notice": ("Several firms have told us that {clause}.", "In some accounts {clause}."),
    "agent cause": ("{cause}",),
    "agent solved": (
        "We have checked it, and {solved}.",
        "It is mended, and {solved}, so I am closing the case.",
    ),
    "agent question": ("{question}",),
    "agent question first": (
        "May I ask how you get on with {the}?",
        "We are asking all firms that use {the}: what takes most of your time?",
        "How often do you run into {topic}?",
    ),
    "agent question last": (
        "Is there anything else about {topic} that we should look at?",
        "May I close the case about {topic}?",
    ),
    "agent sell": ("{sell}",),
    "agent dressed": ("{dressed}",),
    "agent chat first": (
        "It is good to see so many of you working with {the}.",
        "We hope that the week with your {items} has begun well.",
    ),
    "agent chat second": (
        "It is good to hear from you, even if it is about {topic}.",
        "You are not the only one who talks to us about {topic} this week.",
    ),
    "agent chat later": (
        "I can well imagine that {topic} cost you some time.",
        "Thank you, I will pass that on to the colleagues who look after {the}.",
    ),
    "agent chat last": ("It was good to talk with you about {topic}.", "I am glad that now {solved}."),
    "bot tip": ("If {clause}, this may help. {step}",),
    "bot question last": ("Was your question about {topic} answered?",),
    "bot dressed": (
        "Accounts like yours are kept safe from {topic} by one more setting; switch it on under Settings, Account.",
        "To be done with {topic}, let the assistant complete your account under Settings, Account.",
    ),
    "bot chat first": ("Welcome to the group for {the}.",),
    "bot chat second": ("Your message about {topic} has arrived.",),
    "bot chat later": ("There are new answers in the conversation about {topic}.",),
    "bot chat last": ("The conversation about {topic} has been closed.",),
}

TURNS: dict[str, tuple[str, ...]] = {
    "agent advice": ("{step}",),
    "agent invite": (
        "Please tell us whether that helps.",
        "If it does not help, write back and we will look further.",
        "Should you see it again after that, simply answer this message.",
        "You do not need an upgrade for this.",
    ),
    "agent try": (
        "Please try it once more.",
        "It should work from now on.",
    ),
    "agent last": ("Write to us at any time if it comes back.", ""),
    "agent question": ("With that we can look in the right place.", "Then I can try it out here.", ""),
    "agent survey": ("Two or three lines are enough.", "Your answer goes straight to the people who build it."),
    "agent closing": ("Without an answer the case will be closed on Friday.", "There is no hurry."),
    "agent sell": (
        "We offer it at a discount until the end of the month.",
        "You can have a free trial of thirty days.",
        "The upgrade takes five minutes and costs less than you may think.",
        "Shall I send you an offer?",
        "This month the upgrade comes with a discount of twenty per cent.",
        "If you upgrade today, we set everything up for you.",
        "Order it by Friday and you pay nothing for the first month.",
        "It costs nine euros more a month.",
    ),
    "agent dressed": (
        "It only needs your yes.",
        "I will take care of everything.",
        "Just answer this message.",
        "Tell me when it suits you.",
    ),
    "agent idea": ("What do you think?",),
    "agent chat": ("Enjoy the rest of the week.", ""),
    "bot person": ("Answer this message if you need a person.", ""),
    "bot case": ("Your answer will be added to the case.",),
    "bot yes or no": ("Reply with yes or no.",),
    "bot sell": (
        "Upgrade in two clicks under Settings, Account.",
        "Your free trial is waiting under Settings, Account.",
        "Today at a discount under Settings, Account.",
        "See Settings, Account.",
    ),
    "bot votes": ("Vote for it on the page for ideas.",),
    "bot chat": ("", "This message was written by a program."),
}
